"""Exchange rates, and those that somebody typed and another person has to see."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from common.permissions import has_grant
from common.states import TransitionTable

_PROPOSAL_STANDS = """
    IF TG_OP = 'DELETE' OR OLD.state <> 'PROPOSED'
       OR (NEW.id, NEW.base, NEW.quote, NEW.rate, NEW.as_of, NEW.source_text, NEW.proposed_by_id, NEW.proposed_at)
          IS DISTINCT FROM (OLD.id, OLD.base, OLD.quote, OLD.rate, OLD.as_of, OLD.source_text, OLD.proposed_by_id,
           OLD.proposed_at) THEN
        RAISE EXCEPTION 'a proposed rate stands, and so does what was decided: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'rate_proposal_stands';
    END IF;
    RETURN NEW;
"""

#: A code of two different currencies, and a rate that is more than nothing.
_PAIR = Q(base__regex=r"^[A-Z]{3}$", quote__regex=r"^[A-Z]{3}$", rate__gt=0) & ~Q(base=F("quote"))


class RateQuerySet(models.QuerySet["ExchangeRate"]):
    """Rates, for those who may read finance."""

    def visible_to(self, user: Any) -> RateQuerySet:
        """Return all to finance and auditors, none to anyone else: experts see the rate of their own conversion."""
        return self if has_grant(user, "finance.read") or has_grant(user, "audit.read") else self.none()


class ExchangeRate(models.Model):
    """A row says that at ``as_of`` one unit of ``base`` was worth ``rate`` units of ``quote``, by the word of ``source``.

    Units are whole ones (a euro, not a cent). ``reference`` is how the source names it: the file and its sha256, or the
    proposal of a rate that was typed (source MANUAL).
    """

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=24, decimal_places=12)
    as_of = models.DateTimeField()
    source = models.CharField(max_length=30)
    reference = models.CharField(max_length=200)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField()

    objects = RateQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=_PAIR, name="exchange_rate_between_two"),
            models.CheckConstraint(condition=Q(as_of__lte=F("created_at")), name="exchange_rate_not_of_the_future"),
            models.CheckConstraint(
                condition=Q(source__regex=r"^[A-Z][A-Z0-9_]{1,29}$") & ~Q(reference=""), name="exchange_rate_has_source"
            ),
            models.UniqueConstraint(fields=["source", "base", "quote", "as_of"], name="exchange_rate_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["quote", "as_of", "id"], name="exchange_rate_by_quote")]
        triggers: ClassVar = append_only_triggers()

    def __str__(self) -> str:
        return f"1 {self.base} = {self.rate.normalize():f} {self.quote}"


class RateProposalQuerySet(models.QuerySet["RateProposal"]):
    """Proposed rates, for those who may read finance."""

    def visible_to(self, user: Any) -> RateProposalQuerySet:
        """Return all to finance and auditors, none to anyone else."""
        return self if has_grant(user, "finance.read") or has_grant(user, "audit.read") else self.none()


class RateProposal(models.Model):
    """A row is a rate that one person typed, with where they read it, as proposed and as another decided.

    PROPOSED -> APPROVED (it is an ``ExchangeRate`` now), REJECTED, WITHDRAWN (by who proposed it)
    """

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
    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=24, decimal_places=12)
    as_of = models.DateTimeField()
    source_text = models.CharField(max_length=300)
    state = models.CharField(max_length=9, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_text = models.CharField(max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = RateProposalQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=_PAIR, name="rate_proposal_between_two"),
            models.CheckConstraint(
                condition=Q(state__in=["PROPOSED", "APPROVED", "REJECTED", "WITHDRAWN"]) & ~Q(source_text=""),
                name="rate_proposal_known",
            ),
            models.CheckConstraint(
                # NOT IN fails closed: what is neither open nor withdrawn needs a decision by a second person.
                condition=Q(state="PROPOSED", decided_by__isnull=True, decided_at__isnull=True)
                | Q(state="WITHDRAWN", decided_by=F("proposed_by"), decided_at__isnull=False)
                | ~Q(state__in=["PROPOSED", "WITHDRAWN"])
                & Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("proposed_by")),
                name="rate_proposal_four_eyes",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "proposed_at", "id"], name="rate_proposal_by_state")]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="rate_proposal_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_PROPOSAL_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"1 {self.base} = {self.rate.normalize():f} {self.quote}"

    @property
    def source(self) -> str:
        """How the rate that it becomes names its origin."""
        return f"rate_proposal:{self.id}"
