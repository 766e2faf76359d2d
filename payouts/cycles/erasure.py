"""What cycles tell of a person: the bank account that was approved, and why a line was left out."""

from __future__ import annotations

from common.erasure import Part, PersonalRows, owned, register_part
from payouts.cycles.models import CycleLine, LineDestination

register_part(
    "payouts.cycles",
    Part(
        rows=(
            PersonalRows(
                model=LineDestination,
                find=owned(LineDestination, "line__worker_id"),
                # The account at the provider stays: by it a payment is found there.
                becomes={"bank_fingerprint": "", "bank_last4": "", "bank_name": ""},
            ),
            PersonalRows(model=CycleLine, find=owned(CycleLine, "worker_id"), named=("reason_text",)),
        ),
    ),
)
