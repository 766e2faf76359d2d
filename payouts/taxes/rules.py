"""On which return withheld tax stands and when it is due: pure.

Sources:
    Backup withholding (26 U.S.C. § 3406) is reported on Form 945, tax withheld from foreign persons (§§ 1441, 1442) on Form 1042:
    IRS, "Instructions for Form 945" and "Instructions for Form 1042".
    The 15th of the month that follows: the monthly rule of both, Treas. Reg. §§ 31.6302-4 and 1.6302-2(a)(1)(ii). Larger sums are
    due sooner (Form 1042: three business days after a quarter of a month with 2,000 USD), which a person watches.
"""

from __future__ import annotations

from datetime import date
from typing import Final

#: What the reasons of withholding (``payouts.payees.taxation``) mean for the return.
BACKUP_CODES: Final = ("NO_TIN", "NO_VALID_FORM")
_DUE_DAY: Final = 15


def due_on(month: date) -> date:
    """Return the last day on which tax withheld in a month (its first day) is paid to the authority."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return following.replace(day=_DUE_DAY)
