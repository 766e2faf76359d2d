"""Money stands in the way of forgetting somebody: what is owed to them, on hold or on its way, and what they owe."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from common.erasure import Obstacle, Part, register_part
from payouts.ledger.models import LedgerAccount
from payouts.ledger.queries import get_balances

_WORDS: Final = {
    "EXPERT_PAYABLE": ("money_owed", "{} is owed: it has to be paid first."),
    "EXPERT_HELD": ("money_held", "{} is on hold: it has to be released first."),
    "EXPERT_INFLIGHT": ("money_in_flight", "{} is on its way to the bank: it has to arrive first."),
    "EXPERT_RECEIVABLE": ("debt", "A debt of {}: it has to be recovered or forgiven first."),
}


def _obstacles(person_id: UUID, now: datetime) -> Iterable[Obstacle]:
    kinds = dict(LedgerAccount.objects.filter(worker_id=person_id).order_by("code").values_list("code", "kind"))
    for code, balance in get_balances(kinds).items():
        if balance.amount_minor:
            word, words = _WORDS.get(kinds[code], ("money", "{} stands in the books: it has to be settled first."))
            yield Obstacle(word, words.format(balance.format()))


register_part("payouts.ledger", Part(obstacles=_obstacles))
