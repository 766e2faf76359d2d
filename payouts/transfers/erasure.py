"""What payouts tell of a person: bank digits, the provider's words, and its raw webhooks about their account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from common.erasure import Erasing, Obstacle, Part, PersonalRows, owned, register_part
from payouts.payees.models import Payee
from payouts.transfers.models import LIVE_STATES, Payout, PayoutAttempt, ProviderEvent
from payouts.transfers.rules import RETURNED_WITHIN, WITHOUT_BODY


def _obstacles(person_id: UUID, now: datetime) -> Iterable[Obstacle]:
    mine = Payout.objects.filter(worker_id=person_id).order_by("id")
    for payout in mine.filter(state__in=LIVE_STATES):
        yield Obstacle(
            "payout",
            f"A payout of {payout.money.format()} is {payout.get_state_display().lower()}: it has to end first.",
        )
    for payout in mine.filter(state=Payout.State.PAID, paid_at__gt=now - RETURNED_WITHIN):
        until = (payout.paid_at or now) + RETURNED_WITHIN
        words = (
            f"A payout of {payout.money.format()} has just arrived: the bank can send it back until {until:%Y-%m-%d}."
        )
        yield Obstacle("payout_may_return", words)


def _news(erasing: Erasing) -> QuerySet[Any]:
    """Return the raw webhooks of the person's account at the provider; they repeat its name, address and bank."""
    accounts = Payee.objects.filter(worker_id=erasing.person_id).exclude(account_id="").values("account_id")
    return ProviderEvent.objects.filter(Q(account__in=accounts) | Q(object_id__in=accounts))


register_part(
    "payouts.transfers",
    Part(
        obstacles=_obstacles,
        rows=(
            PersonalRows(model=ProviderEvent, find=_news, becomes={"body": WITHOUT_BODY, "last_error": ""}),
            PersonalRows(model=PayoutAttempt, find=owned(PayoutAttempt, "payout__worker_id"), named=("error_text",)),
            PersonalRows(
                model=Payout,
                find=owned(Payout, "worker_id"),
                becomes={"destination_fingerprint": "", "bank_last4": ""},
                named=("failure_text",),
            ),
        ),
    ),
)
