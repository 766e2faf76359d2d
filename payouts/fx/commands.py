"""Entering rates (a file by one person of finance, a typed rate by two) and choosing the currency one is paid in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from common import audit, states
from common.currencies import get_currency
from common.errors import FieldProblem, FourEyesRequired, InvalidInput, NotPermitted, StaleVersion
from common.permissions import require_grant
from payouts.fx.errors import InvalidRates, RateDiffers, UnknownRateProposal
from payouts.fx.models import ExchangeRate, PayCurrency, RateProposal
from payouts.fx.queries import pay_currencies
from payouts.fx.reading import ReadRate, read_rates
from payouts.fx.rules import is_a_leap
from payouts.payees.errors import CountryNotPayable, UnknownPayee
from payouts.payees.queries import find_payee, pay_route

State = RateProposal.State
#: What an expert reads when they choose, kept with their choice.
TERMS = (
    "What you earn in another currency is converted when a pay cycle is prepared, at the newest reference rate that we have:"
    " no margin, no fee of ours. The rate is frozen then, another person approves it with your payment, and your statement"
    " shows it with its source and time. What comes back is owed to you again in the currency that you earned it in."
)
#: The source of what was typed; no file can be imported under this name.
MANUAL = "MANUAL"


@dataclass(frozen=True, slots=True)
class RateImport:
    """What became of a file: how many of its rates are new, and how many were known already."""

    imported: int
    known: int
    newest: datetime


def import_rates(*, data: bytes, file_name: str, source: str, by: Any, now: datetime, base: str = "EUR") -> RateImport:
    """Keep the rates of a file, all or none; the same file again changes nothing.

    ``base`` is what a CSV file's rates are of one unit of. A rate that leaps from the last one of its pair is refused: it
    is typed, so that a second person sees it.

    Raises:
        NotPermitted: ``by`` does not prepare.
        InvalidRates: it names each row that cannot be.
        RateDiffers: the source said another rate for the instant before.
    """
    require_grant(by, "finance.prepare")
    if source == MANUAL or not (source.isascii() and source.isupper() and source.isidentifier() and len(source) <= 30):
        raise InvalidRates.of("/source", "Write who says so in capitals, such as ECB; MANUAL is for typed rates.")
    read = read_rates(data, base)
    ahead = [_problem(row, "It is of the future.") for row in read if row.as_of > now]
    if ahead:
        raise InvalidRates(ahead[0].detail, ahead[:100])
    reference = f"{file_name[:120]} sha256:{hashlib.sha256(data).hexdigest()}"
    with transaction.atomic():
        new = _not_known(read, source)
        _refuse_leaps(new)
        rows = [
            ExchangeRate(
                base=row.base,
                quote=row.quote,
                rate=row.rate,
                as_of=row.as_of,
                source=source,
                reference=reference,
                entered_by=by,
                created_at=now,
            )
            for row in new
        ]
        ExchangeRate.objects.bulk_create(rows, batch_size=1000)
        for row in rows[-1:]:
            audit.record(
                action="exchangerate.imported",
                target=row,
                by=by.pk,
                now=now,
                detail={"rates": len(rows), "of": reference},
            )
    return RateImport(len(new), len(read) - len(new), max(row.as_of for row in read))


def _not_known(read: Sequence[ReadRate], source: str) -> list[ReadRate]:
    """Return what the source did not say before, each once."""
    stored = ExchangeRate.objects.filter(source=source, as_of__in={row.as_of for row in read})
    said = {(row.base, row.quote, row.as_of): row.rate for row in stored}
    new = []
    for row in read:
        key = (row.base, row.quote, row.as_of)
        if key not in said:
            new.append(row)
        elif said[key] != row.rate:
            problem = _problem(row, f"{source} said {said[key].normalize():f} for this day before.")
            raise RateDiffers(problem.detail, [problem])
        said[key] = row.rate
    return new


def _refuse_leaps(new: Sequence[ReadRate]) -> None:
    """Compare each new rate with the one before it, in the file or in the table, whoever said that."""
    last: dict[tuple[str, str], Decimal] = {}
    problems = []
    for row in sorted(new, key=lambda row: row.as_of):
        pair = (row.base, row.quote)
        before = last.get(pair) or _rate_before(row)
        if before is not None and is_a_leap(before, row.rate):
            words = f"{row.rate} is far from {before.normalize():f}, the rate before. Type it, so that another person sees it."
            problems.append(_problem(row, words))
        last[pair] = row.rate
    if problems:
        raise InvalidRates(problems[0].detail, problems[:100])


def _rate_before(row: ReadRate) -> Decimal | None:
    known = ExchangeRate.objects.filter(base=row.base, quote=row.quote, as_of__lt=row.as_of)
    return known.order_by("-as_of", "-id").values_list("rate", flat=True).first()


def _problem(row: ReadRate, words: str) -> FieldProblem:
    return FieldProblem(row.row, "invalid", f"{row.base}/{row.quote} of {row.as_of:%Y-%m-%d}: {words}")


def propose_rate(
    *, base: str, quote: str, rate: Decimal, as_of: datetime, source_text: str, by: Any, now: datetime
) -> RateProposal:
    """Type a rate: one unit of ``base`` is ``rate`` units of ``quote``. It counts once another person has approved it.

    Raises:
        NotPermitted: ``by`` does not prepare.
        InvalidRates: it names each field that cannot be.
    """
    require_grant(by, "finance.prepare")
    wrong = (
        ("quote", base == quote, "Name two currencies."),
        ("rate", not rate.is_finite() or not 0 < rate < 10**12, "Must be more than zero."),
        ("rate", rate.is_finite() and rate != round(rate, 12), "Write at most 12 decimals."),
        ("as_of", as_of > now, "It is of the future."),
        ("source_text", not 0 < len(source_text.strip()) <= 300, "Say where you read it, in 1 to 300 characters."),
    )
    problems = [FieldProblem(f"/{field}", "invalid", detail) for field, is_wrong, detail in wrong if is_wrong]
    if problems:
        raise InvalidRates(problems[0].detail, problems)
    with transaction.atomic():
        row = RateProposal.objects.create(
            base=base,
            quote=quote,
            rate=rate,
            as_of=as_of,
            source_text=source_text.strip(),
            proposed_by=by,
            proposed_at=now,
        )
        audit.record(action="rateproposal.proposed", target=row, by=by.pk, now=now)
        return row


def approve_rate(*, proposal_id: UUID, by: Any, now: datetime, expected_version: int | None = None) -> RateProposal:
    """Let a typed rate count from now on.

    Raises:
        FourEyesRequired: ``by`` typed it, whatever other role they hold.
        NotPermitted: ``by`` does not approve.
        RateDiffers: another typed rate of the pair and instant counts already.
        UnknownRateProposal, StaleVersion, IllegalTransition
    """
    try:
        with transaction.atomic():
            row = _lock_to_decide(proposal_id, by, expected_version)
            states.move(row, State.APPROVED, by=by.pk, now=now, also={"decided_by": by, "decided_at": now})
            ExchangeRate.objects.create(
                base=row.base,
                quote=row.quote,
                rate=row.rate,
                as_of=row.as_of,
                source=MANUAL,
                reference=row.source,
                entered_by=row.proposed_by,
                created_at=now,
            )
            return row
    except IntegrityError as error:
        if "exchange_rate_once" in str(error):
            raise RateDiffers from error
        raise


def reject_rate(
    *, proposal_id: UUID, reason_text: str, by: Any, now: datetime, expected_version: int | None = None
) -> RateProposal:
    """Refuse a typed rate, with a reason.

    Raises:
        InvalidRates: no reason.
        FourEyesRequired, NotPermitted, UnknownRateProposal, StaleVersion, IllegalTransition
    """
    with transaction.atomic():
        row = _lock_to_decide(proposal_id, by, expected_version)
        if not reason_text.strip():
            raise InvalidRates.of("/reason_text", "Say why.")
        also = {"decided_by": by, "decided_at": now, "decision_text": reason_text.strip()}
        states.move(row, State.REJECTED, by=by.pk, now=now, reason_text=reason_text.strip(), also=also)
        return row


def withdraw_rate(*, proposal_id: UUID, by: Any, now: datetime, expected_version: int | None = None) -> RateProposal:
    """Take back a rate that one typed oneself.

    Raises:
        FourEyesRequired: somebody else typed it.
        NotPermitted, UnknownRateProposal, StaleVersion, IllegalTransition
    """
    require_grant(by, "finance.prepare")
    with transaction.atomic():
        row = _lock(proposal_id, by, expected_version)
        if row.proposed_by_id != by.pk:
            raise FourEyesRequired("Only who proposed it takes it back; another person rejects it.")
        states.move(row, State.WITHDRAWN, by=by.pk, now=now, also={"decided_by": by, "decided_at": now})
        return row


def choose_pay_currency(*, worker_id: UUID, currency: str, by: Any, now: datetime) -> str:
    """Say in which currency one is paid whatever one earned, or (empty) that it is paid as it was earned; return it.

    It counts for cycles that are calculated from now on. The same again adds nothing.

    Raises:
        NotPermitted: ``by`` is somebody else.
        InvalidInput: no currency in use.
        UnknownPayee: they have not said how they are paid.
        CountryNotPayable: no rail brings the currency to their country.
    """
    if by.pk != worker_id:
        raise NotPermitted("Everyone chooses their own currency.")
    payee = find_payee(worker_id)
    if payee is None:
        raise UnknownPayee("Say first how you want to be paid.")
    if currency:
        _refuse_unreachable(payee.country, currency)
    with transaction.atomic():
        # The user's row is locked, so that two choices of one person have an order.
        get_user_model()._default_manager.select_for_update(of=("self",)).get(pk=worker_id)
        if pay_currencies([worker_id]).get(worker_id, "") != currency:
            row = PayCurrency.objects.create(worker_id=worker_id, currency=currency, terms=TERMS, chosen_at=now)
            audit.record(action="paycurrency.chosen", target=row, by=by.pk, now=now, detail={"currency": currency})
    return currency


def _refuse_unreachable(country: str, currency: str) -> None:
    try:
        get_currency(currency)
    except ValueError as error:
        raise InvalidInput.of("/currency", f"{error}.") from error
    route = pay_route(country, currency)
    if not route.is_available:
        raise CountryNotPayable(route.words)


def _lock_to_decide(proposal_id: UUID, by: Any, expected_version: int | None) -> RateProposal:
    row = _lock(proposal_id, by, expected_version)
    if by.pk == row.proposed_by_id:
        raise FourEyesRequired("You typed this; another person decides it.")
    require_grant(by, "finance.approve")
    return row


def _lock(proposal_id: UUID, by: Any, expected_version: int | None) -> RateProposal:
    row = RateProposal.objects.visible_to(by).select_for_update(of=("self",)).filter(id=proposal_id).first()
    if row is None:
        raise UnknownRateProposal
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(f"The current version is {row.version}; you sent {expected_version}.")
    return row
