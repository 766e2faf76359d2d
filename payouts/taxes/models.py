"""Payments of withheld tax to the authority."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.identifiers import uuid7
from common.money import LARGEST_AMOUNT_MINOR, Money
from common.permissions import has_grant
from common.states import TransitionTable
from payouts.taxes.sql import WITHIN_WITHHELD

_PROPOSAL_STANDS = """
    IF TG_OP = 'DELETE' OR OLD.state <> 'PROPOSED'
       OR (NEW.id, NEW.form, NEW.month, NEW.currency, NEW.amount_minor, NEW.paid_on, NEW.reference, NEW.proposed_by_id,
           NEW.proposed_at)
          IS DISTINCT FROM (OLD.id, OLD.form, OLD.month, OLD.currency, OLD.amount_minor, OLD.paid_on, OLD.reference,
           OLD.proposed_by_id, OLD.proposed_at) THEN
        RAISE EXCEPTION 'what was proposed stands, and what was decided: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'tax_remittance_stands';
    END IF;
    RETURN NEW;
"""


class TaxRemittanceQuerySet(models.QuerySet["TaxRemittance"]):
    """Payments of tax, for those who may read finance."""

    def visible_to(self, user: Any) -> TaxRemittanceQuerySet:
        """Return all to finance and auditors, none to anyone else."""
        return self if has_grant(user, "finance.read") or has_grant(user, "audit.read") else self.none()


class TaxRemittance(models.Model):
    """A row is a payment of withheld tax to the authority, as one person recorded it and another one confirmed it.

        PROPOSED -> APPROVED, REJECTED (by another person), WITHDRAWN (by who proposed it)

    It pays what was withheld in ``month`` (its first day) for one return in one currency; approved, it is booked
    ``tax:withheld`` -> ``bank`` on ``paid_on``. All approved ones of a month are never more than was withheld in it.
    """

    class Form(models.TextChoices):
        BACKUP = "945", "Form 945, backup withholding"
        FOREIGN = "1042", "Form 1042, foreign persons"

    class State(models.TextChoices):
        PROPOSED = "PROPOSED"
        APPROVED = "APPROVED"
        REJECTED = "REJECTED"
        WITHDRAWN = "WITHDRAWN"

    TRANSITIONS: ClassVar[TransitionTable] = {
        "PROPOSED": {"APPROVED", "REJECTED", "WITHDRAWN"},
        "APPROVED": set(),
        "REJECTED": set(),
        "WITHDRAWN": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    form = models.CharField(max_length=4, choices=Form)
    month = models.DateField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    paid_on = models.DateField()
    reference = models.CharField(max_length=100)
    state = models.CharField(max_length=9, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_text = models.CharField(max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = TaxRemittanceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gte=1, amount_minor__lte=LARGEST_AMOUNT_MINOR),
                name="tax_remittance_positive",
            ),
            models.CheckConstraint(
                condition=Q(form__in=["945", "1042"], state__in=["PROPOSED", "APPROVED", "REJECTED", "WITHDRAWN"]),
                name="tax_remittance_known",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1, paid_on__gte=F("month")) & ~Q(reference=""),
                name="tax_remittance_of_a_month",
            ),
            models.CheckConstraint(
                condition=Q(state="PROPOSED", decided_by__isnull=True, decided_at__isnull=True)
                | Q(state="WITHDRAWN", decided_by=F("proposed_by"), decided_at__isnull=False)
                | ~Q(state__in=["PROPOSED", "WITHDRAWN"])
                & Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("proposed_by")),
                name="tax_remittance_four_eyes",
            ),
            models.UniqueConstraint(
                fields=["reference"], condition=Q(state__in=["PROPOSED", "APPROVED"]), name="tax_remittance_once"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["form", "month", "currency"], name="tax_remittance_by_month")]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="proposal_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_PROPOSAL_STANDS,
            ),
            pgtrigger.Trigger(
                name="within_withheld",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__state="APPROVED"),
                func=WITHIN_WITHHELD,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_form_display()} {self.month:%Y-%m}: {self.reference}"

    @property
    def amount(self) -> Money:
        """What was paid to the authority."""
        return Money(self.amount_minor, self.currency)

    @property
    def source(self) -> str:
        """The origin of its entry in the books."""
        return f"tax_remittance:{self.id}"
