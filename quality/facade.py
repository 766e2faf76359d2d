"""The Python border of the quality app: the only module of it that others import.

Values, ids and frozen dataclasses cross it, rows never. Commands are keyword-only and idempotent by source key.
Figures are shares of 0..1 with an equal-tailed 90 % interval.
"""

from quality.consensus.queries import consensus_of
from quality.consensus.values import ItemAnswer
from quality.dashboards.queries import (
    get_visible_estimate,
    list_drift_alarms,
    list_uncertain_items,
    list_visible_history,
    visible_heat_map,
)
from quality.estimates.commands import (
    plant_gold,
    plant_gold_items,
    record_gold_result,
    record_gold_results,
    record_judgment,
    record_judgments,
    record_labels,
    record_rating,
    record_ratings,
    refit,
    supersede_judgment,
    withdraw_judgments,
)
from quality.estimates.drift import Fall
from quality.estimates.influence import Influence
from quality.estimates.queries import (
    estimate_history,
    find_influence,
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
    ItemFigure,
    QualityFigure,
    ReviewerFigure,
)
from quality.estimates.worth import AnswerWorth, weigh_answers
from quality.events import ProposalLapsed, ProposalLostGround, ProposalMade, ScoreCorrected
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
    NewLabel,
    NewRating,
    RetirementReason,
)
from quality.policies.commands import (
    begin_pause,
    end_pause,
    propose,
    set_bars,
    settle_proposal,
    take_up_proposal,
    turn_down_proposal,
)
from quality.policies.queries import (
    bars_in_force,
    find_visible_proposal,
    get_default_bars,
    get_proposal,
    get_visible_proposal,
    list_bar_history,
    list_proposals,
)
from quality.policies.rules import Bars
from quality.policies.values import BarsView, DriftAlarmView, ProposalView, ProposeSummary
from quality.scopes.rules import ScopeCodes
from quality.withdrawals.commands import withdraw_gold, withdraw_reviewer
from quality.withdrawals.queries import (
    find_gold,
    find_reviewer_finding,
    get_withdrawal,
    list_effects,
    list_gold,
    list_key_findings,
    list_remaining_shares,
    list_reviewer_findings,
    list_withdrawals,
)
from quality.withdrawals.values import KeyFinding, ReviewerFinding

__all__ = [
    "ActorKind",
    "AnswerWorth",
    "Bars",
    "BarsView",
    "Direction",
    "DriftAlarmView",
    "EstimateView",
    "Fall",
    "FitSummary",
    "GoldCheck",
    "GoldKind",
    "HistoryPoint",
    "Influence",
    "ItemAnswer",
    "ItemFigure",
    "JudgmentKind",
    "KeyFinding",
    "NewGold",
    "NewGoldResult",
    "NewJudgment",
    "NewLabel",
    "NewRating",
    "ProposalLapsed",
    "ProposalLostGround",
    "ProposalMade",
    "ProposalView",
    "ProposeSummary",
    "QualityFigure",
    "Reason",
    "RetirementReason",
    "ReviewerFigure",
    "ReviewerFinding",
    "ScopeCodes",
    "ScoreCorrected",
    "bars_in_force",
    "begin_pause",
    "check_gold",
    "consensus_of",
    "end_pause",
    "estimate_history",
    "find_gold",
    "find_influence",
    "find_reviewer_finding",
    "find_visible_proposal",
    "get_default_bars",
    "get_estimate",
    "get_proposal",
    "get_visible_estimate",
    "get_visible_proposal",
    "get_withdrawal",
    "has_open_gold",
    "heat_map",
    "list_bar_history",
    "list_drift_alarms",
    "list_effects",
    "list_estimates",
    "list_gold",
    "list_key_findings",
    "list_proposals",
    "list_remaining_shares",
    "list_reviewer_findings",
    "list_reviewer_severities",
    "list_uncertain_items",
    "list_visible_history",
    "list_withdrawals",
    "plant_gold",
    "plant_gold_items",
    "propose",
    "quality_of",
    "record_gold_result",
    "record_gold_results",
    "record_judgment",
    "record_judgments",
    "record_labels",
    "record_rating",
    "record_ratings",
    "refit",
    "set_bars",
    "settle_proposal",
    "supersede_judgment",
    "take_up_proposal",
    "turn_down_proposal",
    "visible_heat_map",
    "weigh_answers",
    "withdraw_gold",
    "withdraw_judgments",
    "withdraw_reviewer",
]
