"""Verbs of work, split by noun."""

from marketplace.work.commands.acceptances import carry_out_acceptance, carry_out_waiting, order_acceptances
from marketplace.work.commands.claims import (
    claim_next,
    claim_task,
    expire_leases,
    extend_lease,
    release_claim,
    save_draft,
)
from marketplace.work.commands.funding import renew_funding
from marketplace.work.commands.imports import ImportOutcome, import_batch, move_batch
from marketplace.work.commands.outcomes import OutcomeInput, report_outcomes
from marketplace.work.commands.reviews import ReviewInput, overturn_review, review_submission
from marketplace.work.commands.submissions import submit

__all__ = [
    "ImportOutcome",
    "OutcomeInput",
    "ReviewInput",
    "carry_out_acceptance",
    "carry_out_waiting",
    "claim_next",
    "claim_task",
    "expire_leases",
    "extend_lease",
    "import_batch",
    "move_batch",
    "order_acceptances",
    "overturn_review",
    "release_claim",
    "renew_funding",
    "report_outcomes",
    "review_submission",
    "save_draft",
    "submit",
]
