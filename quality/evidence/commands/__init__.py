"""Writing evidence. Every verb is idempotent by source key: again with the same content it returns what is there.

These verbs do not touch estimates; callers outside use ``quality.facade``, whose verbs do.
"""

from quality.evidence.commands.append import (
    append_comparisons,
    append_gold,
    append_gold_results,
    append_judgments,
    append_labels,
    append_ratings,
)
from quality.evidence.commands.change import append_successor, retire, withdraw_of_actor

__all__ = [
    "append_comparisons",
    "append_gold",
    "append_gold_results",
    "append_judgments",
    "append_labels",
    "append_ratings",
    "append_successor",
    "retire",
    "withdraw_of_actor",
]
