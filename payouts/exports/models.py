"""Exports asked for, and what was given out."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.identifiers import uuid7
from common.permissions import has_grant
from common.spreadsheets import CSV_TYPE, XLSX_TYPE

_ORDER_STANDS = """
    IF TG_OP = 'DELETE' OR OLD.state = 'MADE'
       OR (NEW.id, NEW.kind, NEW.format, NEW.currency, NEW.starts_on, NEW.ends_on, NEW.sealed_position,
           NEW.asked_by_id, NEW.asked_at)
          IS DISTINCT FROM (OLD.id, OLD.kind, OLD.format, OLD.currency, OLD.starts_on, OLD.ends_on, OLD.sealed_position,
           OLD.asked_by_id, OLD.asked_at) THEN
        RAISE EXCEPTION 'what an export was asked for and gave out stands: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'export_stands';
    END IF;
    RETURN NEW;
"""


class ExportQuerySet(models.QuerySet["Export"]):
    """Exports, for those who may read finance."""

    def visible_to(self, user: Any) -> ExportQuerySet:
        """Return all to finance and auditors, none to anyone else."""
        return self if has_grant(user, "finance.read") or has_grant(user, "audit.read") else self.none()


class Export(models.Model):
    """A row is one file over the books from ``starts_on`` up to, not including, ``ends_on``, in all currencies or one.

        REQUESTED -> MADE, when it was read to its end for the first time

    It covers the sealed entries up to ``sealed_position``, which never change: whoever reads it again gets the same bytes,
    with this ``sha256``. The file itself is not kept.
    """

    class Kind(models.TextChoices):
        JOURNAL = "JOURNAL", "Journal"
        TRIAL_BALANCE = "TRIAL_BALANCE", "Trial balance"
        QUICKBOOKS = "QUICKBOOKS", "QuickBooks journal entries"
        XERO = "XERO", "Xero manual journals"

    class Format(models.TextChoices):
        CSV = "CSV"
        XLSX = "XLSX", "Excel (XLSX)"

    class State(models.TextChoices):
        REQUESTED = "REQUESTED"
        MADE = "MADE"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=13, choices=Kind)
    format = models.CharField(max_length=4, choices=Format, default=Format.CSV, db_default=Format.CSV)
    currency = models.CharField(max_length=3, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    sealed_position = models.BigIntegerField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.REQUESTED)
    row_count = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(starts_on__lt=F("ends_on")), name="export_has_days"),
            models.CheckConstraint(
                condition=Q(kind__in=["JOURNAL", "TRIAL_BALANCE"])
                | Q(kind__in=["QUICKBOOKS", "XERO"]) & ~Q(currency=""),
                name="export_of_one_currency",
            ),
            # Xero reads CSV alone.
            models.CheckConstraint(
                condition=Q(format="CSV") | Q(format="XLSX") & ~Q(kind="XERO"), name="export_format_of_its_kind"
            ),
            models.CheckConstraint(
                condition=Q(state="REQUESTED", sha256="", made_at__isnull=True, row_count__isnull=True)
                | Q(state="MADE", sha256__regex=r"^[0-9a-f]{64}$", made_at__isnull=False, row_count__gte=0),
                name="export_made_says_what",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="order_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_ORDER_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def content_type(self) -> str:
        """What the file is."""
        return CSV_TYPE if self.format == self.Format.CSV else XLSX_TYPE

    @property
    def file_name(self) -> str:
        """The name under which it is saved."""
        currency = f"-{self.currency}" if self.currency else ""
        return f"{self.kind.lower().replace('_', '-')}{currency}-{self.starts_on}-{self.ends_on}.{self.format.lower()}"
