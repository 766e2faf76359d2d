"""Which tax form counts, and what is withheld from pay for work: pure.

Sources:
    How long a form counts: Treas. Reg. § 1.1441-1(e)(4)(ii)(A), IRS "Instructions for the Requester of Forms W-8": a Form W-8BEN or
    W-8BEN-E holds until the last day of the third calendar year after the one in which it is signed. A Form W-9 does not run out.
    24 %: backup withholding, 26 U.S.C. § 3406(a)(1)(A) with § 1(j)(2)(C): a payee of the United States without a taxpayer number.
    30 %: 26 U.S.C. §§ 1441, 1442, on income from sources in the United States alone. Pay for work has its source where the work is
    done: §§ 861(a)(3), 862(a)(3). Less by a treaty, once a person of finance holds its proof (individuals: Form 8233).
    No form: Treas. Reg. § 1.1441-1(b)(3): a bank in the United States presumes a payee of the United States.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

BACKUP_BPS: Final = 2400
FOREIGN_BPS: Final = 3000
#: A form is said to run out this long before it does, so that there is time for a new one.
EXPIRING: Final = timedelta(days=60)
_YEARS: Final = 3
US_FORM: Final = "W9"


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What of a form decides: ``treaty_bps`` is the rate claimed by treaty, in hundredths of a percent."""

    form: str
    has_tin: bool
    us_source: bool
    treaty_bps: int | None


@dataclass(frozen=True, slots=True)
class Withholding:
    """How much of what is earned is withheld, in hundredths of a percent; a code and words say why."""

    bps: int = 0
    code: str = ""
    words: str = ""


def expires_on(form: str, signed_on: date) -> date | None:
    """Return a form's last day; None for a form that does not run out."""
    return None if form == US_FORM else date(signed_on.year + _YEARS, 12, 31)


def status_of(state: str, last_day: date | None, today: date) -> str:
    """Return SUBMITTED, VALID, EXPIRING, EXPIRED or REJECTED."""
    if state != "VALID" or last_day is None:
        return state
    if last_day < today:
        return "EXPIRED"
    return "EXPIRING" if last_day - today <= EXPIRING else "VALID"


def withholding(valid: FormFacts | None, latest: FormFacts | None, country: str) -> Withholding:
    """Return what is withheld of pay for work.

    Args:
        valid: the form that counts, if one does.
        latest: the newest form whatever its state: what somebody said against themselves counts at once.
        country: where their bank is.
    """
    if valid is not None and valid.form == US_FORM:
        return Withholding() if valid.has_tin else Withholding(BACKUP_BPS, "NO_TIN", _NO_TIN)
    if valid is not None:
        if not (valid.us_source or (latest is not None and latest.us_source)):
            return Withholding()
        if valid.treaty_bps is not None:
            return Withholding(valid.treaty_bps, "US_SOURCE_TREATY", _TREATY) if valid.treaty_bps else Withholding()
        return Withholding(FOREIGN_BPS, "US_SOURCE", _US_SOURCE)
    if country == "US" or (latest is not None and latest.form == US_FORM):
        return Withholding(BACKUP_BPS, "NO_VALID_FORM", _NO_FORM)
    if latest is not None and latest.us_source:
        return Withholding(FOREIGN_BPS, "US_SOURCE", _US_SOURCE)
    return Withholding()


_NO_TIN: Final = "24 % of your pay is withheld for tax: your Form W-9 has no taxpayer number."
_NO_FORM: Final = "24 % of your pay is withheld for tax until a Form W-9 of yours is accepted."
_US_SOURCE: Final = "30 % of your pay is withheld for tax: you work in the United States."
_TREATY: Final = "Part of your pay is withheld for tax at the rate of the treaty that you claim."


def hash_tin(tin: str, key: str) -> str:
    """Return the keyed hash under which two uses of a taxpayer number are found; without the key it says nothing."""
    return hmac.new(key.encode(), "".join(c for c in tin if c.isalnum()).upper().encode(), hashlib.sha256).hexdigest()
