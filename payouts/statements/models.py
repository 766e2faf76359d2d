"""Statements and their lines: append-only, numbered without gaps, summing to their payout by the database's word."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from common.money import Money
from common.permissions import has_grant
from payouts.earnings.models import Earning

_STATEMENT_SUMS = """
    SELECT count(*) AS lines, coalesce(sum(amount_minor), 0) AS total INTO found
      FROM payouts_statementline WHERE statement_id = NEW.id;
    SELECT amount_minor, currency, worker_id INTO paid FROM payouts_payout WHERE id = NEW.payout_id;
    IF found.lines <> NEW.line_count OR found.total <> NEW.amount_minor
       OR (paid.amount_minor, paid.currency, paid.worker_id)
          IS DISTINCT FROM (NEW.amount_minor, NEW.currency, NEW.worker_id) THEN
        RAISE EXCEPTION 'statement % does not sum to its payout', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_sums_to_payout';
    END IF;
    RETURN NULL;
"""

_STATEMENT_IS_SEALED = """
    IF EXISTS (SELECT 1 FROM new_lines l JOIN payouts_statement s ON s.id = l.statement_id
                WHERE l.line_no > s.line_count) THEN
        RAISE EXCEPTION 'a statement takes no further line'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_sealed';
    END IF;
    RETURN NULL;
"""

_NUMBERS_FOLLOW = """
    -- The counter's row is locked by whoever issues, so the highest number is the one before.
    IF NEW.number <> coalesce((SELECT max(number) FROM payouts_statement), 0) + 1 THEN
        RAISE EXCEPTION 'statement number % leaves a gap', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_without_gap';
    END IF;
    RETURN NEW;
"""


class StatementCounter(models.Model):
    """A row (there is only one) is the last statement number; issuing locks it, so that no number is left out or twice."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    last_number = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="statement_counter_alone")]

    def __str__(self) -> str:
        return str(self.last_number)


class StatementQuerySet(models.QuerySet["Statement"]):
    """Statements, scoped to who asks."""

    def visible_to(self, user: Any) -> StatementQuerySet:
        """Return all to finance and auditors, their own to everyone else."""
        if has_grant(user, "finance.read") or has_grant(user, "audit.read"):
            return self
        return self.filter(worker_id=user.pk)


class Statement(models.Model):
    """A row is the statement of one paid payout. ``number`` counts up without gaps over all statements."""

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.BigIntegerField(unique=True)
    payout_id = models.UUIDField(unique=True)
    cycle_id = models.UUIDField(null=True)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    line_count = models.PositiveIntegerField()
    issued_at = models.DateTimeField()

    objects = StatementQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0, line_count__gte=1), name="statement_pays"),
        ]
        triggers: ClassVar = [
            *append_only_triggers(),
            pgtrigger.Trigger(
                name="no_gap",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=_NUMBERS_FOLLOW,
            ),
            pgtrigger.Trigger(
                name="sums",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=[("found", "record"), ("paid", "record")],
                func=_STATEMENT_SUMS,
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The number as people write it."""
        return f"ST-{self.number:06d}"

    @property
    def amount(self) -> Money:
        """What was paid."""
        return Money(self.amount_minor, self.currency)


class StatementLine(models.Model):
    """A row is one line of a statement: an earning, what is brought forward or left to another one, or what is kept.

    What is brought forward is negative where an earlier statement's payment came back after its rest had been paid.
    """

    append_only: ClassVar[bool] = True

    class Kind(models.TextChoices):
        EARNING = "EARNING"
        BROUGHT_FORWARD = "BROUGHT_FORWARD", "Brought forward"
        CARRIED_FORWARD = "CARRIED_FORWARD", "Carried forward"
        HELD = "HELD", "On hold"
        HELD_BACK = "HELD_BACK", "Held back"
        RECOVERED = "RECOVERED"

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="lines", db_index=False)
    line_no = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    earning = models.ForeignKey(Earning, null=True, on_delete=models.PROTECT, related_name="statement_lines")
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "line_no"], name="statement_line_once"),
            models.CheckConstraint(
                condition=Q(kind="EARNING", earning__isnull=False, amount_minor__gt=0)
                | Q(kind="BROUGHT_FORWARD", earning__isnull=True) & ~Q(amount_minor=0)
                | Q(kind__in=["CARRIED_FORWARD", "HELD", "HELD_BACK", "RECOVERED"], earning__isnull=True)
                & Q(amount_minor__lt=0),
                name="statement_line_form",
            ),
        ]
        triggers: ClassVar = [
            *append_only_triggers(),
            pgtrigger.Trigger(
                name="sealed",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_lines"),  # type: ignore[no-untyped-call]  # not typed there
                func=_STATEMENT_IS_SEALED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id}/{self.line_no}"
