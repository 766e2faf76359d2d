"""What a line becomes in the currency that its expert wants to be paid in, and the entry that says so in the books."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from common.currencies import get_currency
from common.money import LARGEST_AMOUNT_MINOR, Money
from payouts.cycles.models import CycleLine
from payouts.cycles.rules import Split, payout_multiple
from payouts.fx.errors import NoFreshRate
from payouts.fx.models import Conversion
from payouts.fx.queries import Price, get_price, pay_currencies
from payouts.fx.rules import Converted, convert
from payouts.ledger.rules import EntrySpec, LineSpec, fx_clearing, fx_rounding, payable

CONVERTED = "CURRENCY_CONVERTED"
_TWELVE_DECIMALS = Decimal("0.000000000001")


@dataclass(frozen=True, slots=True)
class PayIn:
    """The currency that somebody is paid in, and the price of it; ``words`` say why there is none that may be used."""

    currency: str
    price: Price | None = None
    words: str = ""

    @property
    def multiple(self) -> int:
        """What the line must be a multiple of before it is converted, in its own minor units."""
        return 1 if self.price or self.words else payout_multiple(self.currency)

    def convert(self, split: Split, given: str) -> tuple[Split, Converted | None]:
        """Return the split with what it costs as its amount and the rest carried, and what that becomes."""
        if self.price is None or not split.amount_minor:
            return split, None
        converted = convert(Money(split.amount_minor, given), self.currency, self.price.exact)
        rest = split.amount_minor - converted.from_minor
        kept = replace(split, amount_minor=converted.from_minor, carried_minor=split.carried_minor + rest)
        return kept, converted


def plan_currencies(workers: Iterable[UUID], currency: str, *, now: datetime) -> dict[UUID, PayIn]:
    """Return in which currency each worker of a cycle is paid, with the newest price where it is another one."""
    wanted = pay_currencies(workers)
    ways = {code: _find_way(currency, code, now) for code in {currency, *wanted.values()}}
    return {worker_id: ways[wanted.get(worker_id, currency)] for worker_id in workers}


def _find_way(given: str, wanted: str, now: datetime) -> PayIn:
    if given == wanted:
        return PayIn(given)
    try:
        return PayIn(wanted, get_price(given, wanted, now=now))
    except NoFreshRate as error:
        return PayIn(wanted, words=f"{error} It waits for the next cycle.")


def is_too_large(converted: Converted | None) -> bool:
    """Say whether what an amount becomes is more than one payout can be."""
    return converted is not None and converted.to_minor > LARGEST_AMOUNT_MINOR


def make_conversion(line: CycleLine, pay_in: PayIn, converted: Converted) -> Conversion:
    """Return the row, not stored yet, that freezes the conversion of a line with its rates."""
    price = pay_in.price
    exact = Decimal(converted.exact.numerator) / Decimal(converted.exact.denominator)
    return Conversion(
        line=line,
        from_currency=line.currency,
        from_exponent=get_currency(line.currency).exponent,
        from_minor=converted.from_minor,
        to_currency=pay_in.currency,
        to_exponent=get_currency(pay_in.currency).exponent,
        exact_minor=exact.quantize(_TWELVE_DECIMALS),
        to_minor=converted.to_minor,
        rounding_minor=converted.rounding_minor,
        paid_minor=converted.paid_minor,
        from_rate=price.from_rate if price else None,
        to_rate=price.to_rate if price else None,
    )


def find_conversions(lines: Sequence[CycleLine]) -> Mapping[UUID, Conversion]:
    """Return by line what is converted."""
    rows = Conversion.objects.filter(line_id__in=[line.id for line in lines])
    return {row.line_id: row for row in rows}


def conversion_key(line: CycleLine) -> str:
    """Return the key of the entry that converts a line."""
    return f"{line.source}:converted"


def conversion_entry(line: CycleLine, row: Conversion, now: datetime) -> EntrySpec:
    """Return the entry: out of payable in one currency, into payable in the other, what is rounded in a line of its own.

    Over ``fx:clearing`` goes exactly what the rate says, rounded to the minor unit.
    """
    moved = [
        LineSpec(payable(line.worker_id, row.from_currency), fx_clearing(row.from_currency), row.given),
        LineSpec(fx_clearing(row.to_currency), payable(line.worker_id, row.to_currency), row.paid),
    ]
    clearing, rounding = fx_clearing(row.to_currency), fx_rounding(row.to_currency)
    if row.rounding_minor > 0:
        moved.append(LineSpec(clearing, rounding, row.rounding))
    elif row.rounding_minor < 0:
        moved.append(LineSpec(rounding, clearing, -row.rounding))
    return EntrySpec(conversion_key(line), CONVERTED, now.date(), tuple(moved), line.source)
