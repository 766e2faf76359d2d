"""The Python border of the quality app: the only module of it that others import.

Values, ids and frozen dataclasses cross it, rows never. Commands are keyword-only and idempotent by source key.
Figures are shares of 0..1 with an equal-tailed 90 % interval.
"""

from quality.dashboards.queries import get_visible_estimate, list_visible_history, visible_heat_map
from quality.estimates.commands import (
    plant_gold,
    plant_gold_items,
    record_gold_result,
    record_gold_results,
    record_judgment,
    record_judgments,
    record_rating,
    record_ratings,
    refit,
    retire_gold,
    supersede_judgment,
)
from quality.estimates.queries import (
    estimate_history,
    get_estimate,
    heat_map,
    list_estimates,
    list_reviewer_severities,
    quality_of,
)
from quality.estimates.rules import Reason
from quality.estimates.values import (
    EstimateView,
    FitSummary,
    HistoryPoint,
    QualityFigure,
    ReviewerFigure,
)
from quality.evidence.queries import check_gold, has_open_gold
from quality.evidence.values import (
    ActorKind,
    Direction,
    GoldCheck,
    GoldKind,
    JudgmentKind,
    NewGold,
    NewGoldResult,
    NewJudgment,
    NewRating,
    RetirementReason,
)
from quality.scopes.rules import ScopeCodes

__all__ = [
    "ActorKind",
    "Direction",
    "EstimateView",
    "FitSummary",
    "GoldCheck",
    "GoldKind",
    "HistoryPoint",
    "JudgmentKind",
    "NewGold",
    "NewGoldResult",
    "NewJudgment",
    "NewRating",
    "QualityFigure",
    "Reason",
    "RetirementReason",
    "ReviewerFigure",
    "ScopeCodes",
    "check_gold",
    "estimate_history",
    "get_estimate",
    "get_visible_estimate",
    "has_open_gold",
    "heat_map",
    "list_estimates",
    "list_reviewer_severities",
    "list_visible_history",
    "plant_gold",
    "plant_gold_items",
    "quality_of",
    "record_gold_result",
    "record_gold_results",
    "record_judgment",
    "record_judgments",
    "record_rating",
    "record_ratings",
    "refit",
    "retire_gold",
    "supersede_judgment",
    "visible_heat_map",
]
