"""The verbs of adjustments: propose and decide one, import and decide a file of them."""

from payouts.adjustments.commands.imports import (
    approve_import,
    import_adjustments,
    reject_import,
    withdraw_import,
)
from payouts.adjustments.commands.single import (
    approve_adjustment,
    propose_adjustment,
    reject_adjustment,
    withdraw_adjustment,
)

__all__ = [
    "approve_adjustment",
    "approve_import",
    "import_adjustments",
    "propose_adjustment",
    "reject_adjustment",
    "reject_import",
    "withdraw_adjustment",
    "withdraw_import",
]
