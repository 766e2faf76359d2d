"""Why a reviewer's evidence was taken back loses their name; the figures that it moved stay by id."""

from __future__ import annotations

from common.erasure import Part, PersonalRows, owned, register_part
from quality.withdrawals.models import Withdrawal

register_part(
    "quality.withdrawals",
    Part(rows=(PersonalRows(model=Withdrawal, find=owned(Withdrawal, "reviewer_id"), named=("words",)),)),
)
