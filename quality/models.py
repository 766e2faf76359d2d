"""The models of every feature, where Django looks for them."""

from quality.estimates.models import (
    Contribution,
    FitRun,
    QualityEstimate,
    ReviewerSeverity,
)
from quality.evidence.models import GoldExposure, GoldItem, Judgment, Rating
from quality.scopes.models import Scope

__all__ = [
    "Contribution",
    "FitRun",
    "GoldExposure",
    "GoldItem",
    "Judgment",
    "QualityEstimate",
    "Rating",
    "ReviewerSeverity",
    "Scope",
]
