"""Reads of withheld tax: what is due by return, month and currency, and the payments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.money import Money
from payouts.taxes.errors import UnknownRemittance
from payouts.taxes.models import TaxRemittance
from payouts.taxes.rules import due_on
from payouts.taxes.sql import WITHHELD

_DUES: Final = f"""
WITH sums AS (
  SELECT form, month, currency, amount_minor AS withheld, 0 AS paid FROM ({WITHHELD}) w
  UNION ALL SELECT form, month, currency, 0, amount_minor FROM payouts_taxremittance WHERE state = 'APPROVED'
)
SELECT form, month, currency, sum(withheld)::bigint, sum(paid)::bigint FROM sums
 WHERE (form, month, currency) = (coalesce(%(form)s, form), coalesce(%(month)s::date, month), coalesce(%(currency)s, currency))
 GROUP BY form, month, currency ORDER BY month DESC, form, currency
"""  # noqa: S608 - constants alone


@dataclass(frozen=True, slots=True)
class TaxDue:
    """What was withheld in a month (its first day) for one return and what of it was paid to the authority.

    ``left`` is negative where pay came back after its tax had been paid: the authority owes it.
    """

    form: str
    month: date
    withheld: Money
    paid: Money

    @property
    def left(self) -> Money:
        """What is still to be paid."""
        return self.withheld - self.paid

    @property
    def due_on(self) -> date:
        """The last day to pay it."""
        return due_on(self.month)

    @property
    def form_words(self) -> str:
        """The return, in words."""
        return TaxRemittance.Form(self.form).label


def list_dues() -> list[TaxDue]:
    """Return every month with withheld tax, newest first."""
    return _read_dues()


def find_due(form: str, month: date, currency: str) -> TaxDue:
    """Return what is due for one return, month and currency; nothing where nothing was withheld."""
    found = _read_dues(form=form, month=month, currency=currency)
    return found[0] if found else TaxDue(form, month, Money(0, currency), Money(0, currency))


def _read_dues(form: str | None = None, month: date | None = None, currency: str | None = None) -> list[TaxDue]:
    with connection.cursor() as cursor:
        cursor.execute(_DUES, {"form": form, "month": month, "currency": currency})
        return [
            TaxDue(form, month, Money(withheld, currency), Money(paid, currency))
            for form, month, currency, withheld, paid in cursor.fetchall()
        ]


def get_remittance(user: Any, remittance_id: UUID) -> TaxRemittance:
    """Return a payment of tax that ``user`` may see.

    Raises:
        UnknownRemittance: it does not exist, or not for this person.
    """
    rows = TaxRemittance.objects.visible_to(user).select_related("proposed_by", "decided_by")
    found = rows.filter(id=remittance_id).first()
    if found is None:
        raise UnknownRemittance
    return found
