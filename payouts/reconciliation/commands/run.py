"""One run: read, match, and write down how every currency stands."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime
from uuid import UUID

from django.db import transaction

from payouts.ledger.models import LedgerAccount
from payouts.ledger.queries import get_balances
from payouts.rails.base import ProviderUnavailable
from payouts.rails.registry import BALANCE_KINDS, balance_account, get_rail, list_rails
from payouts.reconciliation.commands.fetch import fetch_transactions
from payouts.reconciliation.commands.match import lock_matching, match
from payouts.reconciliation.errors import ProviderNotReadable
from payouts.reconciliation.models import Break, ReconciliationFigure, ReconciliationRun
from payouts.reconciliation.queries import list_differences
from payouts.reconciliation.rules import is_break
from payouts.transfers.commands import refresh_payout, submit_payout
from payouts.transfers.commands.follow import FOLLOWED_STATES
from payouts.transfers.models import Payout

logger = logging.getLogger(__name__)
#: How often transactions are read again because the balance may already hold one more.
_ROUNDS = 5
#: Payouts looked at in one run; the sweep and the next run do the rest.
_MOST_LOOKS = 500


def reconcile_all(*, by: UUID | None, now: datetime) -> list[ReconciliationRun]:
    """Compare every rail that is set up; one whose provider does not answer keeps no other from being compared.

    Raises:
        ProviderNotReadable: at least one gave no usable answer; the runs of the others are kept.
    """
    runs, missed = [], None
    for rail in list_rails():
        try:
            runs.append(reconcile(by=by, now=now, rail=rail))
        except ProviderNotReadable as error:
            missed = error
    if missed is not None:
        raise missed
    return runs


def reconcile(*, by: UUID | None, now: datetime, rail: str = "connect") -> ReconciliationRun:
    """Read the provider's transactions, match them with the books and keep how every currency stands. Calls outside.

    Raises:
        ProviderNotReadable: the provider gave no usable answer; no run is kept.
    """
    fetched, balances = _read(rail, now)
    _look_at_payouts(now)
    counts = match(now=now)
    with transaction.atomic():
        lock_matching()
        run = ReconciliationRun.objects.create(
            rail=rail,
            started_at=now,
            fetched=fetched,
            matched=counts.matched,
            breaks_opened=counts.opened,
            breaks_matched=counts.ended,
            asked_by_id=by,
        )
        figures = _figures(run, balances, now)
        ReconciliationFigure.objects.bulk_create(figures)
    for figure in figures:
        if figure.unexplained_minor:
            logger.error(
                "payouts.reconciliation.unexplained",
                extra={"currency": figure.currency, "amount_minor": figure.unexplained_minor},
            )
    return run


def _read(rail: str, now: datetime) -> tuple[int, dict[str, int]]:
    """Return how many transactions were new, and balances with nothing new after them: both tell of one moment."""
    fetched = fetch_transactions(rail=rail, now=now)
    for _ in range(_ROUNDS):
        try:
            balances = dict(get_rail(rail).balances())
        except ProviderUnavailable as error:
            raise ProviderNotReadable from error
        new = fetch_transactions(rail=rail, now=now)
        fetched += new
        if not new:
            break
    return fetched, balances


def _look_at_payouts(now: datetime) -> None:
    """Read the payouts again whose movements the books lack or have alone: a webhook may have been lost."""
    uneven = [row.reference for row in list_differences() if not row.is_even]
    named = {reference.removeprefix("payout:") for reference in uneven if reference.startswith("payout:")}
    for payout in Payout.objects.filter(id__in=named).order_by("id")[:_MOST_LOOKS]:
        if payout.state in FOLLOWED_STATES:
            refresh_payout(payout_id=payout.id, now=now)
        else:
            submit_payout(payout_id=payout.id, now=now)


def _figures(run: ReconciliationRun, balances: dict[str, int], now: datetime) -> list[ReconciliationFigure]:
    codes = LedgerAccount.objects.filter(kind=BALANCE_KINDS[run.rail]).values_list("currency", flat=True)
    currencies = sorted({*codes, *(code for code, minor in balances.items() if minor)})
    accounts = {code: balance_account(run.rail, code) for code in currencies}
    ledger = get_balances(list(accounts.values()))
    explained = Break.objects.filter(rail=run.rail, state=Break.State.EXPLAINED).values_list("currency", "amount_minor")
    settled, under_way = Counter[str](), Counter[str]()
    for code, minor in explained:
        settled[code] += minor
    for row in list_differences():
        if row.rail == run.rail and not is_break(row.since, now):
            under_way[row.currency] += row.amount_minor
    return [
        ReconciliationFigure(
            run=run,
            currency=code,
            ledger_minor=ledger[accounts[code]].amount_minor,
            provider_minor=balances.get(code, 0),
            under_way_minor=under_way[code],
            explained_minor=settled[code],
            unexplained_minor=balances.get(code, 0)
            - ledger[accounts[code]].amount_minor
            - under_way[code]
            - settled[code],
        )
        for code in currencies
    ]
