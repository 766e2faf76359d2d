"""Verbs of estimates: record evidence and update, refit everything."""

from quality.estimates.commands.record import (
    plant_gold,
    plant_gold_items,
    record_comparisons,
    record_gold_result,
    record_gold_results,
    record_judgment,
    record_judgments,
    record_labels,
    record_rating,
    record_ratings,
    retire_gold,
    supersede_judgment,
    withdraw_judgments,
)
from quality.estimates.commands.refit import refit
from quality.estimates.commands.update import update_estimates_online

__all__ = [
    "plant_gold",
    "plant_gold_items",
    "record_comparisons",
    "record_gold_result",
    "record_gold_results",
    "record_judgment",
    "record_judgments",
    "record_labels",
    "record_rating",
    "record_ratings",
    "refit",
    "retire_gold",
    "supersede_judgment",
    "update_estimates_online",
    "withdraw_judgments",
]
