"""Statements and their lines: append-only, numbered without gaps, summing to their payout by the database's word."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from common.money import Money
from common.permissions import has_grant
from payouts.earnings.models import Earning
from payouts.statements.triggers import line_triggers, statement_triggers

#: Kinds of lines that stand for no earning.
KEPT_OR_BROUGHT = ("BROUGHT_FORWARD", "CARRIED_FORWARD", "HELD", "HELD_BACK", "RECOVERED", "WITHHELD")


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
    """A row is the statement of one paid payout, or the one that takes it back because the money came back.

    ``number`` counts up without gaps over all statements. A correcting statement names the original in ``corrects`` and
    repeats its lines with their amounts negated, so that both sum to nothing.
    """

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.BigIntegerField(unique=True)
    payout_id = models.UUIDField(db_index=True)
    corrects = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="correction")
    cycle_id = models.UUIDField(null=True)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    line_count = models.PositiveIntegerField()
    issued_at = models.DateTimeField()

    objects = StatementQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(line_count__gte=1, number__gte=1)
                & (Q(corrects__isnull=True, amount_minor__gt=0) | Q(corrects__isnull=False, amount_minor__lt=0)),
                name="statement_pays_or_corrects",
            ),
            models.UniqueConstraint(
                fields=["payout_id"], condition=Q(corrects__isnull=True), name="statement_once_per_payout"
            ),
        ]
        triggers: ClassVar = [*append_only_triggers(), *statement_triggers()]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The number as people write it."""
        return f"ST-{self.number:06d}"

    @property
    def amount(self) -> Money:
        """What was paid, negative where it came back."""
        return Money(self.amount_minor, self.currency)


class StatementLine(models.Model):
    """A row is one line of a statement: an earning, what is brought forward or left to another one, or what is kept.

    What is brought forward is negative where an earlier statement's payment came back after its rest had been paid. On a
    correcting statement every amount has the other sign.
    """

    append_only: ClassVar[bool] = True

    class Kind(models.TextChoices):
        EARNING = "EARNING"
        BROUGHT_FORWARD = "BROUGHT_FORWARD", "Brought forward"
        CARRIED_FORWARD = "CARRIED_FORWARD", "Carried forward"
        HELD = "HELD", "On hold"
        HELD_BACK = "HELD_BACK", "Held back"
        RECOVERED = "RECOVERED"
        WITHHELD = "WITHHELD", "Tax withheld"

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="lines", db_index=False)
    line_no = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    earning = models.ForeignKey(Earning, null=True, on_delete=models.PROTECT, related_name="statement_lines")
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "line_no"], name="statement_line_once"),
            # Numbers begin at one, so that as many lines as declared leave no number for a further one.
            models.CheckConstraint(condition=Q(line_no__gte=1), name="statement_line_numbered"),
            models.CheckConstraint(
                condition=~Q(amount_minor=0)
                & (Q(kind="EARNING", earning__isnull=False) | Q(kind__in=KEPT_OR_BROUGHT, earning__isnull=True)),
                name="statement_line_form",
            ),
        ]
        triggers: ClassVar = [*append_only_triggers(), *line_triggers()]

    def __str__(self) -> str:
        return f"{self.statement_id}/{self.line_no}"
