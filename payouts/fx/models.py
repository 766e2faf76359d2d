"""Exchange rates, those that somebody typed, in which currency an expert wants to be paid, and what was converted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from common.money import Money
from common.permissions import has_grant
from common.states import TransitionTable
from payouts.fx.rules import price_of, shown_price

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

#: Cross-multiplied, so that the database computes with whole numbers as exactly as we do.
_CONVERSION_IS_TRUE = """
    SELECT l.worker_id, l.currency, l.amount_minor, l.state INTO line
      FROM payouts_cycleline l WHERE l.id = NEW.line_id;
    SELECT coalesce(f.rate, 1) * (10::numeric ^ NEW.from_exponent) AS from_rate,
           coalesce(t.rate, 1) * (10::numeric ^ NEW.to_exponent) AS to_rate,
           coalesce(f.base, NEW.from_currency) = coalesce(t.base, NEW.to_currency)
           AND coalesce(f.quote, NEW.from_currency) = NEW.from_currency
           AND coalesce(t.quote, NEW.to_currency) = NEW.to_currency
           AND (f.id IS NULL OR t.id IS NULL OR (f.source, f.as_of) = (t.source, t.as_of)) AS fit INTO price
      FROM (SELECT 1) AS one
      LEFT JOIN payouts_exchangerate f ON f.id = NEW.from_rate_id
      LEFT JOIN payouts_exchangerate t ON t.id = NEW.to_rate_id;
    IF (line.currency, line.amount_minor, line.state) IS DISTINCT FROM (NEW.from_currency, NEW.from_minor, 'INCLUDED')
       OR NOT price.fit
       OR 2 * abs(NEW.to_minor * price.from_rate - NEW.from_minor * price.to_rate) > price.from_rate
       OR abs(NEW.exact_minor * price.from_rate - NEW.from_minor * price.to_rate) > price.from_rate / 1000000000000 THEN
        RAISE EXCEPTION 'the conversion of line % is not its line at its rates', NEW.line_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'conversion_is_true';
    END IF;
    RETURN NEW;
"""

_CONVERSION_STANDS = """
    IF TG_OP = 'UPDATE' OR EXISTS (
        SELECT 1 FROM payouts_cycleline l JOIN payouts_paycycle c ON c.id = l.cycle_id
         WHERE l.id = coalesce(NEW.line_id, OLD.line_id) AND c.state NOT IN ('DRAFT', 'CALCULATED')
    ) THEN
        RAISE EXCEPTION 'what a submitted cycle converts stands: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'conversion_stands';
    END IF;
    RETURN coalesce(NEW, OLD);
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


class PayCurrency(models.Model):
    """A row is one expert's word on the currency they are paid in; their newest counts. Empty: in what they earned.

    What they earn in another currency is converted, with the terms that they read when they said so.
    """

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3, blank=True)
    terms = models.CharField(max_length=1000)
    chosen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(currency__regex=r"^([A-Z]{3})?$") & ~Q(terms=""), name="pay_currency_form"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["worker", "-id"], name="pay_currency_by_worker")]
        triggers: ClassVar = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.worker_id}: {self.currency or 'as earned'}"


class Conversion(models.Model):
    """A row is what one line of a cycle becomes in the currency that its expert is paid in, at the rates frozen with it.

    ``from_minor`` is what the line pays, worth ``exact_minor`` in minor units of ``to_currency`` (twelve decimals), rounded
    half to even ``to_minor``; of that ``paid_minor`` is paid and ``rounding_minor`` is not, negative where more is paid. The
    rates are what a unit of one third currency buys; none where that is one of the two. Nothing is taken for it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    line = models.OneToOneField("payouts.CycleLine", on_delete=models.CASCADE, related_name="conversion")
    from_currency = models.CharField(max_length=3)
    from_exponent = models.PositiveSmallIntegerField()
    from_minor = models.BigIntegerField()
    to_currency = models.CharField(max_length=3)
    to_exponent = models.PositiveSmallIntegerField()
    exact_minor = models.DecimalField(max_digits=32, decimal_places=12)
    to_minor = models.BigIntegerField()
    rounding_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField()
    from_rate = models.ForeignKey(ExchangeRate, null=True, on_delete=models.PROTECT, related_name="+")
    to_rate = models.ForeignKey(ExchangeRate, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(from_currency=F("to_currency"))
                & Q(from_minor__gt=0, paid_minor__gt=0, paid_minor=F("to_minor") - F("rounding_minor"))
                & (Q(from_rate__isnull=False) | Q(to_rate__isnull=False)),
                name="conversion_adds_up",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="conversion_is_true",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("line", "record"), ("price", "record")],
                func=_CONVERSION_IS_TRUE,
            ),
            pgtrigger.Trigger(
                name="conversion_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=_CONVERSION_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.given} as {self.paid}"

    @property
    def given(self) -> Money:
        """What is converted."""
        return Money(self.from_minor, self.from_currency)

    @property
    def paid(self) -> Money:
        """What is paid for it."""
        return Money(self.paid_minor, self.to_currency)

    @property
    def rounding(self) -> Money:
        """What is worth more than it pays."""
        return Money(self.rounding_minor, self.to_currency)

    @property
    def said_by(self) -> ExchangeRate:
        """One of its rates: they share source, instant and reference."""
        rate = self.to_rate or self.from_rate
        if rate is None:
            raise ValueError("a conversion without a rate")
        return rate

    @property
    def price(self) -> Decimal:
        """What one unit of what is converted buys, to seven digits."""
        given, wanted = ((rate.rate if rate else None) for rate in (self.from_rate, self.to_rate))
        return shown_price(price_of(given, wanted))

    @property
    def words(self) -> str:
        """The rate with its source and time, and what it cost, as the expert reads it."""
        said = self.said_by
        rate = f"1 {self.from_currency} = {self.price.normalize():f} {self.to_currency}"
        return f"{rate} ({said.source}, {said.as_of:%Y-%m-%d %H:%M} UTC); no margin, no fee"
