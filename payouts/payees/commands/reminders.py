"""Telling payees that their tax form runs out, in time to sign a new one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from common.events import publish
from payouts.events import TaxFormExpiring
from payouts.payees.models import TaxForm, TaxFormReminder
from payouts.payees.taxation import EXPIRING

#: So many days before a form's last day its payee is told; the first is when its status becomes EXPIRING.
REMINDER_DAYS: Final = (EXPIRING.days, 30, 7)


def remind_of_expiry(*, now: datetime) -> int:
    """Tell each payee whose accepted form runs out in 60, 30 or 7 days, and who has no newer one, and return how many.

    Each of the three is told once, the nearest alone where days were missed.
    """
    today = now.date()
    newer = TaxForm.objects.filter(worker_id=OuterRef("worker_id"), version__gt=OuterRef("version"))
    expiring = TaxForm.objects.filter(
        ~Exists(newer.exclude(state=TaxForm.State.REJECTED)),
        state=TaxForm.State.VALID,
        expires_on__range=(today, today + timedelta(days=max(REMINDER_DAYS))),
    )
    return sum(_remind(form_id, today, now) for form_id in expiring.order_by("id").values_list("id", flat=True))


@transaction.atomic
def _remind(form_id: UUID, today: date, now: datetime) -> bool:
    form = TaxForm.objects.select_for_update(no_key=True).get(id=form_id)
    if form.expires_on is None:
        return False
    left = (form.expires_on - today).days
    told = set(TaxFormReminder.objects.filter(form=form).values_list("days", flat=True))
    due = [days for days in REMINDER_DAYS if left <= days and days not in told]
    if not due:
        return False
    TaxFormReminder.objects.bulk_create(TaxFormReminder(form=form, days=days, told_at=now) for days in due)
    news = TaxFormExpiring(
        form_id=form.id,
        worker_id=form.worker_id,
        form=form.get_form_display(),
        expires_on=form.expires_on.isoformat(),
        days_left=left,
    )
    publish(news, now=now)
    return True
