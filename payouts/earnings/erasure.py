"""Why an earning was taken back keeps its words without the name."""

from __future__ import annotations

from common.erasure import Part, PersonalRows, owned, register_part
from payouts.earnings.models import Earning, EarningReversal

register_part(
    "payouts.earnings",
    Part(
        rows=(
            # Nothing of it changes but what acts on it say.
            PersonalRows(model=Earning, find=owned(Earning, "worker_id")),
            PersonalRows(
                model=EarningReversal, find=owned(EarningReversal, "earning__worker_id"), named=("reason_text",)
            ),
        ),
    ),
)
