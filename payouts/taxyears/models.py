"""Runs of a year's tax files."""

from __future__ import annotations

import json
from typing import Any, ClassVar, Final

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.append_only import unless_erasing
from common.identifiers import uuid7
from common.permissions import has_grant
from common.states import TransitionTable

#: The advisory lock of runs: two that saw the same last number would both take the next.
LOCK: Final = 7305011

_NUMBERED: Final = f"""
    PERFORM pg_advisory_xact_lock({LOCK});
    IF NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM payouts_taxyearrun WHERE year = NEW.year)
       OR NEW.sha256 <> encode(sha256(convert_to(NEW.document, 'UTF8')), 'hex') THEN
        RAISE EXCEPTION 'runs of a year are numbered without gaps and carry the sha256 of their document'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tax_year_run_numbered';
    END IF;
    RETURN NEW;
"""  # noqa: S608 - constants alone

_RUN_STANDS: Final = """
    IF TG_OP = 'DELETE' OR OLD.state <> 'PREPARED'
       OR (NEW.id, NEW.year, NEW.number, NEW.corrects_id, NEW.document, NEW.sha256, NEW.return_count, NEW.prepared_by_id,
           NEW.prepared_at)
          IS DISTINCT FROM (OLD.id, OLD.year, OLD.number, OLD.corrects_id, OLD.document, OLD.sha256, OLD.return_count,
           OLD.prepared_by_id, OLD.prepared_at) THEN
        RAISE EXCEPTION 'a run of tax files stands, and so does its decision: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'tax_year_run_stands';
    END IF;
    RETURN NEW;
"""


class TaxYearRunQuerySet(models.QuerySet["TaxYearRun"]):
    """Runs, for those who may read finance."""

    def visible_to(self, user: Any) -> TaxYearRunQuerySet:
        """Return all to finance and auditors, none to anyone else."""
        return self if has_grant(user, "finance.read") or has_grant(user, "audit.read") else self.none()


class TaxYearRun(models.Model):
    """A row is one numbered run of a year's tax files, as one person prepared it and another one approved it.

        PREPARED -> APPROVED, REJECTED (by another person)

    ``document`` is the whole run as JSON, from which every file is made; ``sha256`` is its hash. It never changes: a
    correction is another run, which names in ``corrects`` the approved one before it and says what differs.
    """

    class State(models.TextChoices):
        PREPARED = "PREPARED"
        APPROVED = "APPROVED"
        REJECTED = "REJECTED"

    TRANSITIONS: ClassVar[TransitionTable] = {
        "PREPARED": {"APPROVED", "REJECTED"},
        "APPROVED": set(),
        "REJECTED": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    document = models.TextField()
    sha256 = models.CharField(max_length=64)
    return_count = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.PREPARED)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_text = models.CharField(max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = TaxYearRunQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["year", "number"], name="tax_year_run_once"),
            models.UniqueConstraint(fields=["year"], condition=Q(state="PREPARED"), name="tax_year_run_one_open"),
            models.CheckConstraint(
                condition=Q(state="PREPARED", decided_by__isnull=True, decided_at__isnull=True)
                | Q(state__in=["APPROVED", "REJECTED"], decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("prepared_by")),
                name="tax_year_run_four_eyes",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="numbered", level=pgtrigger.Row, when=pgtrigger.Before, operation=pgtrigger.Insert, func=_NUMBERED
            ),
            pgtrigger.Trigger(
                name="run_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=unless_erasing("document", "sha256") + _RUN_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The run's name."""
        return f"{self.year}-{self.number}"

    @property
    def content(self) -> dict[str, Any]:
        """The document, read."""
        content: dict[str, Any] = json.loads(self.document)
        return content


class KeptName(models.Model):
    """A row is the legal name, until ``kept_until``, of an erased person who was paid: a year's tax files name whom was paid.

    Nothing else shows it. It is written when the person is erased and goes with their tax forms when the term has ended.
    """

    worker = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    legal_name = models.CharField(max_length=200)
    kept_until = models.DateField()

    def __str__(self) -> str:
        return f"kept until {self.kept_until}"
