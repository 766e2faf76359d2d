"""Adjustments, and files of them."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.append_only import unless_erasing
from common.identifiers import uuid7
from common.money import LARGEST_AMOUNT_MINOR, Money
from common.permissions import has_grant
from common.proposals import PROPOSAL_MOVES, ProposalState, four_eyes
from common.states import TransitionTable

_PROPOSAL_STANDS = """
    IF TG_OP = 'DELETE' OR OLD.state <> 'PROPOSED'
       OR (NEW.id, NEW.kind, NEW.worker_id, NEW.currency, NEW.amount_minor, NEW.reason_code, NEW.reason_text,
           NEW.proposed_by_id, NEW.proposed_at, NEW.imported_id, NEW.reference, NEW.worked_on)
          IS DISTINCT FROM (OLD.id, OLD.kind, OLD.worker_id, OLD.currency, OLD.amount_minor, OLD.reason_code,
           OLD.reason_text, OLD.proposed_by_id, OLD.proposed_at, OLD.imported_id, OLD.reference, OLD.worked_on) THEN
        RAISE EXCEPTION 'what was proposed stands, and what was decided: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'adjustment_stands';
    END IF;
    RETURN NEW;
"""


_IMPORT_STANDS = """
    IF TG_OP = 'DELETE' OR OLD.state <> 'PROPOSED'
       OR (NEW.id, NEW.file_name, NEW.file_sha256, NEW.currency, NEW.row_count, NEW.total_minor, NEW.proposed_by_id,
           NEW.proposed_at)
          IS DISTINCT FROM (OLD.id, OLD.file_name, OLD.file_sha256, OLD.currency, OLD.row_count, OLD.total_minor,
           OLD.proposed_by_id, OLD.proposed_at) THEN
        RAISE EXCEPTION 'what was imported stands, and what was decided: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'adjustment_import_stands';
    END IF;
    RETURN NEW;
"""


class AdjustmentImportQuerySet(models.QuerySet["AdjustmentImport"]):
    """Files of adjustments, for those who may read finance."""

    def visible_to(self, user: Any) -> AdjustmentImportQuerySet:
        """Return all to finance and auditors, none to anyone else."""
        return self if has_grant(user, "finance.read") or has_grant(user, "audit.read") else self.none()


class AdjustmentImport(models.Model):
    """A row is one file of adjustments, proposed as a whole by one person and decided as a whole by another.

        PROPOSED -> APPROVED, REJECTED (by another person), WITHDRAWN (by who proposed it)

    ``total_minor`` is the sum of all amounts of the file, clawbacks included, as its proposer declared it: the control
    total. The same file is not imported twice, unless it was rejected or withdrawn.
    """

    State = ProposalState
    TRANSITIONS: ClassVar[TransitionTable] = PROPOSAL_MOVES

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    row_count = models.PositiveIntegerField()
    total_minor = models.BigIntegerField()
    state = models.CharField(max_length=9, choices=ProposalState, default=ProposalState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_text = models.CharField(max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = AdjustmentImportQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(total_minor__gte=1, row_count__gte=1, state__in=ProposalState.values),
                name="adjustment_import_known",
            ),
            models.UniqueConstraint(
                fields=["file_sha256"],
                condition=Q(state__in=["PROPOSED", "APPROVED"]),
                name="adjustment_import_once",
            ),
            four_eyes("adjustment_import_four_eyes"),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="import_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_IMPORT_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def total(self) -> Money:
        """The control total."""
        return Money(self.total_minor, self.currency)


class AdjustmentQuerySet(models.QuerySet["Adjustment"]):
    """Adjustments, for those who may read finance."""

    def visible_to(self, user: Any) -> AdjustmentQuerySet:
        """Return all to finance and auditors, none to anyone else: experts see the earning, or what they owe."""
        return self if has_grant(user, "finance.read") or has_grant(user, "audit.read") else self.none()


class Adjustment(models.Model):
    """A row is a change to what one expert is owed that no work explains, as proposed and as decided.

        PROPOSED -> APPROVED, REJECTED (by another person), WITHDRAWN (by who proposed it)

    Approved, a BONUS or CORRECTION is an earning with the source ``adjustment:<id>``, and a CLAWBACK is owed by the expert
    on their receivable account. ``amount_minor`` is positive in each case. Nobody decides over their own proposal or money.
    ``reference`` is the key of its row in the file that it was ``imported`` with; ``worked_on`` the day it is about. An
    imported one is decided with its file alone.
    """

    class Kind(models.TextChoices):
        BONUS = "BONUS"
        CORRECTION = "CORRECTION"
        CLAWBACK = "CLAWBACK"

    State = ProposalState
    TRANSITIONS: ClassVar[TransitionTable] = PROPOSAL_MOVES

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    reason_code = models.CharField(max_length=60)
    reason_text = models.CharField(max_length=300)
    imported = models.ForeignKey(AdjustmentImport, null=True, on_delete=models.PROTECT, related_name="adjustments")
    reference = models.CharField(max_length=60, null=True)  # null: not from a file; unique otherwise
    worked_on = models.DateField(null=True)
    state = models.CharField(max_length=9, choices=ProposalState, default=ProposalState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_text = models.CharField(max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = AdjustmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gte=1, amount_minor__lte=LARGEST_AMOUNT_MINOR),
                name="adjustment_amount_positive",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["BONUS", "CORRECTION", "CLAWBACK"]) & Q(state__in=ProposalState.values),
                name="adjustment_known",
            ),
            models.CheckConstraint(condition=~Q(reason_code="") & ~Q(reason_text=""), name="adjustment_says_why"),
            four_eyes("adjustment_four_eyes"),
            models.CheckConstraint(
                condition=Q(imported__isnull=True, reference__isnull=True)
                | Q(imported__isnull=False, reference__isnull=False, worked_on__isnull=False) & ~Q(reference=""),
                name="adjustment_import_has_key",
            ),
            models.UniqueConstraint(
                fields=["reference"],
                condition=Q(state__in=["PROPOSED", "APPROVED"]),
                name="adjustment_reference_once",
            ),
            models.CheckConstraint(
                condition=~Q(worker=F("proposed_by")) & (Q(decided_by__isnull=True) | ~Q(worker=F("decided_by"))),
                name="adjustment_not_to_oneself",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "proposed_at", "id"], name="adjustment_by_state")]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="proposal_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=unless_erasing("reason_text", "decision_text", "version") + _PROPOSAL_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def amount(self) -> Money:
        """What it adds to what is owed, or (a clawback) what the expert owes."""
        return Money(self.amount_minor, self.currency)

    @property
    def source(self) -> str:
        """The origin of its earning or its entry in the books."""
        return f"adjustment:{self.id}"
