"""What tax law has us keep of a person who was paid, until when, and its end.

Source: 26 CFR 1.6001-1(e), records are kept as long as they may matter to tax; 26 CFR 1.1441-1(e)(4)(iii), so are forms W-8; 26 CFR
31.6001-1(e)(2), four years after the due date where tax was withheld; 26 CFR 1.1461-1(c)(1), Form 1042-S is due on 15 March of the
next year, later than Form 1099-NEC. Regulation (EU) 2016/679 (GDPR), art. 17(3)(b): what law asks to be kept need not be erased.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max, QuerySet

from common import audit
from common.erasure import TOMBSTONE, Erasing, Kept, Part, PersonalRows, register_part
from payouts.payees.models import TaxForm
from payouts.taxyears.models import KeptName, TaxYearRun
from payouts.taxyears.queries import list_recipients
from payouts.transfers.models import Payout

#: Years after the last day on which the returns of a year are due.
_YEARS_KEPT: Final = 4
_WHAT: Final = (
    "Legal name, tax forms, and the last four signs and the hash of the taxpayer number, behind the tax files of the years in "
    "which they were paid (the last one {})"
)
_SOURCE: Final = (
    "26 CFR 1.6001-1(e), 1.1441-1(e)(4)(iii) and 31.6001-1(e)(2): four years after the returns of the year were due (15 March); "
    "GDPR art. 17(3)(b)"
)


def kept_until(year: int) -> date:
    """Return the day from which nothing of somebody has to be kept who was paid in ``year`` last."""
    return date(year + 1 + _YEARS_KEPT, 3, 15)


def _keeps(person_id: UUID, now: datetime) -> Iterable[Kept]:
    paid = Payout.objects.filter(worker_id=person_id, paid_at__isnull=False).aggregate(last=Max("paid_at"))["last"]
    if paid is None:
        return
    year = paid.astimezone(ZoneInfo(settings.LEGAL_ENTITY_TIME_ZONE)).year
    if now.date() < kept_until(year):
        yield Kept(_WHAT.format(year), _SOURCE, kept_until(year))


def _close(erasing: Erasing) -> None:
    """Keep the name under which the person's payments are reported, before it goes from everywhere else."""
    for kept in _keeps(erasing.person_id, erasing.now):
        who = list_recipients([str(erasing.person_id)])[str(erasing.person_id)]
        KeptName.objects.create(worker_id=erasing.person_id, legal_name=who.name, kept_until=kept.until)


def _forms_not_kept(erasing: Erasing) -> QuerySet[Any]:
    kept = KeptName.objects.filter(worker_id=erasing.person_id)
    return TaxForm.objects.none() if kept.exists() else TaxForm.objects.filter(worker_id=erasing.person_id)


_FORMS: Final = PersonalRows(
    model=TaxForm,
    find=_forms_not_kept,
    becomes={"legal_name": TOMBSTONE, "tin_last4": "", "tin_hash": ""},
    is_kept_first=True,
)


def _end_kept(erasing: Erasing) -> None:
    """Let go what was kept: the name, and with it what stands on the forms (see ``_FORMS``) and in the files of the years."""
    KeptName.objects.filter(worker_id=erasing.person_id).delete()
    for run in TaxYearRun.objects.filter(document__contains=str(erasing.person_id)).order_by("id"):
        content = _without(run.content, erasing)
        document = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        before, digest = run.sha256, hashlib.sha256(document.encode()).hexdigest()
        TaxYearRun.objects.filter(pk=run.pk).update(document=document, sha256=digest)
        detail = {"sha256_before": before, "sha256": digest}
        audit.record(action="taxyearrun.name_erased", target=run, by=None, now=erasing.now, detail=detail)


def _without(value: Any, erasing: Erasing) -> Any:
    """Return JSON in which the rows of the person carry their tombstone and no digits of their number."""
    if isinstance(value, list):
        return [_without(each, erasing) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("worker") == str(erasing.person_id):
        gone = {"name": erasing.tombstone, "tin_last4": ""}
        return {**value, **{key: words for key, words in gone.items() if key in value}}
    return {key: _without(each, erasing) for key, each in value.items()}


register_part("payouts.taxyears", Part(keeps=_keeps, close=_close, rows=(_FORMS,), end_kept=_end_kept))
