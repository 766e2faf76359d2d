"""Rows of standing: appeals against one decision, and cases."""

from marketplace.standing.models.appeals import Appeal
from marketplace.standing.models.cases import Case
from marketplace.standing.models.papers import CaseDispute, CaseDraft

__all__ = ["Appeal", "Case", "CaseDispute", "CaseDraft"]
