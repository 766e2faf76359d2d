"""Which form reports a payment, from which amount on, and with which codes: pure.

Sources:
    Threshold of Form 1099-NEC: 26 U.S.C. § 6041(a), 600 USD; 2,000 USD for payments after 2025 (Public Law 119-21, § 70433), from 2027
    on changed with prices by a figure that the IRS has yet to publish. Backup withholding is reported in box 4 whatever the
    amount: IRS, "Instructions for Forms 1099-MISC and 1099-NEC".
    Form 1042-S: Treas. Reg. § 1.1461-1(c); only income with a source in the United States. Pay for work done elsewhere has
    none (26 U.S.C. § 862(a)(3)). One form for each recipient and rate: IRS, "Instructions for Form 1042-S".
    Codes of Form 1042-S, as its instructions list them: income 17, independent personal services; exemption 00 where tax is withheld,
    04 by treaty; chapter 4 exemption 16, excluded nonfinancial payment (Treas. Reg. § 1.1473-1(a)(4)(iii): services);
    chapter 3 status 16, individual. A chapter 4 status is asked for withholdable payments alone, which these are not.
    Year: that of payment, Treas. Reg. §§ 1.6041-1(f), 1.451-2(a). Money that came back was never at the payee's disposal,
    so that a payout that was returned is no payment of the year it was sent in.
    Other currencies: the spot rate on the day of payment, Treas. Reg. §§ 1.6041-1, 1.1461-1(c); IRS, "Foreign currency and currency
    exchange rates": any posted rate that is used consistently.
    Debts: what is kept for a debt of an earlier year is paid in this one (set-off); what is kept for a debt of this year lowers what
    was paid in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

NEC: Final = "1099-NEC"
FOREIGN: Final = "1042-S"
_BACKUP_CODES: Final = ("NO_TIN", "NO_VALID_FORM")
_SOURCE_CODES: Final = ("US_SOURCE", "US_SOURCE_TREATY")

_FIRST_RAISED: Final = 2026
_USD_BEFORE, _USD_SINCE = Decimal(600), Decimal(2000)

INCOME_CODE: Final = "17"
NOT_EXEMPT, BY_TREATY = "00", "04"
CHAPTER_4_EXEMPTION: Final = "16"
CHAPTER_3_STATUS: Final = {"W8BEN": "16"}

#: Why somebody who was paid is on no form.
WORDS: Final = {
    "BELOW_THRESHOLD": "Less than the threshold was paid, and nothing was withheld.",
    "FOREIGN_SOURCE": "A foreign person who works outside of the United States: the pay has no source there.",
    "PRESUMED_FOREIGN": "No accepted form and a bank outside of the United States: presumed foreign, and nothing says that"
    " the work was done there.",
    "LOOK": "The form says now that work is done in the United States, and nothing was withheld from these payments: a person decides.",
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who was paid: ``form`` is the newest accepted tax form's, empty without one; ``country`` that of the bank."""

    worker_id: str
    name: str
    country: str
    account_id: str
    form: str = ""
    tax_country: str = ""
    tin_last4: str = ""
    works_in_us: bool = False
    treaty_country: str = ""
    treaty_bps: int | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """What one recipient was paid in a year for one reason of withholding at one rate, in USD; ``gross`` includes the tax."""

    worker_id: str
    code: str
    bps: int
    gross: Decimal
    withheld: Decimal


def threshold(year: int) -> Decimal | None:
    """Return from how many USD on a Form 1099-NEC is due for a year; None if that is not known yet."""
    if year > _FIRST_RAISED:
        return None
    return _USD_SINCE if year == _FIRST_RAISED else _USD_BEFORE


def in_usd(amount: Decimal, price: Fraction) -> Decimal:
    """Return an amount in major units at ``price`` USD for one, to the cent, half to even."""
    return Decimal(round(Fraction(amount) * price * 100)).scaleb(-2)


def place(code: str, who: Recipient) -> tuple[str, str]:
    """Return the form that reports a payment, or an empty one and the code of why none does (see ``WORDS``)."""
    if code in _BACKUP_CODES:
        return NEC, ""
    if code in _SOURCE_CODES:
        return FOREIGN, ""
    if who.form == "W9" or (not who.form and who.country == "US"):
        return NEC, ""
    if not who.form:
        return "", "PRESUMED_FOREIGN"
    if not who.works_in_us:
        return "", "FOREIGN_SOURCE"
    return (FOREIGN, "") if who.treaty_bps == 0 else ("", "LOOK")


def report(
    payments: Sequence[Payment], people: Mapping[str, Recipient], least: Decimal
) -> dict[str, list[dict[str, Any]]]:
    """Return ``returns`` (one row a recipient, form and rate) and ``not_reported`` (with the reason), in a fixed order."""
    sums: dict[tuple[str, str, int, str], tuple[Decimal, Decimal]] = {}
    for payment in payments:
        form, reason = place(payment.code, people[payment.worker_id])
        key = (form, payment.worker_id, payment.bps if form == FOREIGN else 0, reason)
        gross, withheld = sums.get(key, (Decimal(0), Decimal(0)))
        sums[key] = (gross + payment.gross, withheld + payment.withheld)
    returns, not_reported = [], []
    for (form, worker_id, bps, reason), (gross, withheld) in sorted(sums.items()):
        if form == NEC and gross < least and not withheld:
            form, reason = "", "BELOW_THRESHOLD"
        if form:
            returns.append(_return(form, people[worker_id], bps, gross, withheld))
        else:
            who = people[worker_id]
            amounts = {"worker": worker_id, "name": who.name, "gross": str(gross)}
            not_reported.append({**amounts, "reason_code": reason, "reason": WORDS[reason]})
    return {"returns": returns, "not_reported": not_reported}


def _return(form: str, who: Recipient, bps: int, gross: Decimal, withheld: Decimal) -> dict[str, Any]:
    is_foreign = form == FOREIGN
    return {
        "form": form,
        "worker": who.worker_id,
        "name": who.name,
        "country": who.tax_country or who.country,
        "tax_form": who.form,
        "tin_last4": who.tin_last4,
        "tin_kept_at": f"payment provider, account {who.account_id}" if who.account_id else "",
        "gross": str(gross),
        "withheld": str(withheld),
        "rate_bps": bps,
        "exemption_code": (NOT_EXEMPT if bps else BY_TREATY) if is_foreign else "",
        "treaty_country": who.treaty_country if is_foreign else "",
    }


type Row = dict[str, Any]
_KEY: Final = ("form", "worker", "rate_bps")
#: What a filing gives a return beside its facts.
_GIVEN: Final = ("unique_id", "amendment")


def number_returns(returns: Sequence[Row], before: Sequence[Row]) -> list[Row]:
    """Return the rows with ``unique_id`` and ``amendment``, those of 1042-S kept from the run ``before``.

    A unique form identifier has ten digits and stays with its form, whose amendments count up: IRS, "Instructions for Form
    1042-S", Unique Form Identifier.
    """
    known = {_key(row): row for row in before}
    last = max((int(row["unique_id"]) for row in before), default=0)
    numbered = []
    for row in returns:
        old = known.get(_key(row))
        if old is None:
            last += 1
            given = {"unique_id": f"{last:010d}", "amendment": 0}
        else:
            given = {"unique_id": old["unique_id"], "amendment": old["amendment"] + (_facts(old) != row)}
        numbered.append({**row, **given})
    return numbered


def changes(returns: Sequence[Row], before: Sequence[Row]) -> list[Row]:
    """Return what differs between two runs: each return that is new, gone or another, with both amounts."""
    old, new = ({_key(row): row for row in rows} for rows in (before, returns))
    found = []
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was is None or now is None or _facts(was) != _facts(now):
            row = now or was or {}
            told = {"form": row["form"], "worker": row["worker"], "name": row["name"], "rate_bps": row["rate_bps"]}
            found.append({**told, "was": _amounts(was), "is": _amounts(now)})
    return found


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in _KEY)


def _facts(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in _GIVEN}


def _amounts(row: Row | None) -> dict[str, str] | None:
    return None if row is None else {"gross": row["gross"], "withheld": row["withheld"]}
