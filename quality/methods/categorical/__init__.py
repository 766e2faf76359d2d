"""Categorical judgments: who is right, what is true, and how sure one can be."""

from quality.methods.categorical.ensemble import CategoricalEnsemble
from quality.methods.categorical.ordinal import OrdinalEnsemble

__all__ = ["CategoricalEnsemble", "OrdinalEnsemble"]
