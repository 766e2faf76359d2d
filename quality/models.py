"""The models of every feature, where Django looks for them."""

from quality.consensus.models import ItemConsensus, ItemScore, ProjectFit, WorkerConsensus
from quality.estimates.models import (
    Contribution,
    FitEnd,
    FitRun,
    ItemLevel,
    QualityEstimate,
    ReviewerSeverity,
)
from quality.evidence.models import Comparison, GoldExposure, GoldItem, Judgment, Label, Rating
from quality.policies.models import DriftAlarm, Proposal, ScopeBar, ScopePause
from quality.scopes.models import Scope
from quality.withdrawals.models import Withdrawal, WithdrawalEffect

__all__ = [
    "Comparison",
    "Contribution",
    "DriftAlarm",
    "FitEnd",
    "FitRun",
    "GoldExposure",
    "GoldItem",
    "ItemConsensus",
    "ItemLevel",
    "ItemScore",
    "Judgment",
    "Label",
    "ProjectFit",
    "Proposal",
    "QualityEstimate",
    "Rating",
    "ReviewerSeverity",
    "Scope",
    "ScopeBar",
    "ScopePause",
    "Withdrawal",
    "WithdrawalEffect",
    "WorkerConsensus",
]
