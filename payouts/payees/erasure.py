"""What payees tell of a person: their name and bank go, the account at the provider stays by its number alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from common.erasure import TOMBSTONE, Obstacle, Part, PersonalRows, owned, register_part
from payouts.payees.models import Payee, PayeeHold, ScreeningResult, TaxForm


def _names(person_id: UUID) -> Iterable[str]:
    for model in (Payee, TaxForm, ScreeningResult):
        yield from model._default_manager.filter(worker_id=person_id).values_list("legal_name", flat=True).distinct()


def _obstacles(person_id: UUID, now: datetime) -> Iterable[Obstacle]:
    for hold in PayeeHold.objects.stopping(now).filter(worker_id=person_id).order_by("id"):
        # One after a change of log-in too: who took over an account must not be able to have it forgotten.
        end = f"until {hold.ends_at:%Y-%m-%d %H:%M} UTC" if hold.ends_at else "until two people lift it"
        yield Obstacle("payee_hold", f"Nothing is paid {end}: {hold.reason_text}")
    if TaxForm.objects.filter(worker_id=person_id, state=TaxForm.State.SUBMITTED).exists():
        yield Obstacle("tax_form", "A tax form waits for its review.")


register_part(
    "payouts.payees",
    Part(
        names=_names,
        obstacles=_obstacles,
        rows=(
            PersonalRows(
                model=Payee,
                find=owned(Payee, "worker_id"),
                becomes={
                    "state": Payee.State.DISABLED,
                    "legal_name": TOMBSTONE,
                    "requirements": [],
                    "bank_fingerprint": "",
                    "bank_last4": "",
                    "bank_name": "",
                },
                counts_up=True,
            ),
            PersonalRows(
                model=PayeeHold,
                find=owned(PayeeHold, "worker_id"),
                becomes={"facts": {}},
                # A name that was found on a list, or the bank account, stands in it; it says only what is held once.
                derived={"subject": lambda erasing, row: f"erased:{row.pk}"},
                own_words=("appeal_text",),
                named=("reason_text", "proposal_text", "lift_text"),
            ),
            PersonalRows(
                model=ScreeningResult,
                find=owned(ScreeningResult, "worker_id"),
                becomes={"legal_name": TOMBSTONE, "hits": []},
            ),
            PersonalRows(model=TaxForm, find=owned(TaxForm, "worker_id"), named=("review_text",)),
        ),
    ),
)
