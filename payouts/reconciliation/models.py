"""What the provider's balance consists of, what of it is matched with the books, runs, and breaks."""

from __future__ import annotations

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
from payouts.ledger.models import JournalEntry, JournalLine


class ProviderTransaction(models.Model):
    """A row is one movement of the platform's balance at the provider, as the provider lists it.

    ``amount_minor`` has its sign: the balance is the sum of all rows. A fee within a movement is a row of its own (part
    FEE). ``reference`` names what of ours it belongs to (``payout:<id>``, ``top_up:<id>``, ``fee:<id>``), or, with the
    prefix ``provider:``, only the provider's own object.
    """

    append_only: ClassVar[bool] = True

    class Part(models.TextChoices):
        AMOUNT = "AMOUNT"
        FEE = "FEE"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rail = models.CharField(max_length=20)
    account = models.CharField(max_length=100, blank=True)
    provider_id = models.CharField(max_length=100)
    part = models.CharField(max_length=6, choices=Part)
    kind = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    source_id = models.CharField(max_length=100, blank=True)
    reference = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    fetched_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "provider_id", "part"], name="provider_transaction_once"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="provider_transaction_moves"),
            models.CheckConstraint(condition=~Q(reference=""), name="provider_transaction_refers"),
        ]
        indexes: ClassVar = [models.Index(fields=["reference"], name="provider_transaction_ref")]
        triggers: ClassVar = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.provider_id} {self.part}"


class MatchedTransaction(models.Model):
    """A row says that a provider's transaction is in the books, under ``reference``; see ``MatchedLine``."""

    append_only: ClassVar[bool] = True

    transaction = models.OneToOneField(
        ProviderTransaction, primary_key=True, on_delete=models.PROTECT, related_name="match"
    )
    matched_at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = append_only_triggers()

    def __str__(self) -> str:
        return str(self.transaction_id)


class MatchedLine(models.Model):
    """A row says that a line of the books on the provider's balance is at the provider.

    The matched lines and the matched transactions of a reference have one sum, see ``payouts.reconciliation.audit``.
    """

    append_only: ClassVar[bool] = True

    line = models.OneToOneField(JournalLine, primary_key=True, on_delete=models.PROTECT, related_name="match")
    matched_at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = append_only_triggers()

    def __str__(self) -> str:
        return str(self.line_id)


class ReconciliationRun(models.Model):
    """A row is one finished run: everything that the provider had until ``started_at`` was read and compared."""

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rail = models.CharField(max_length=20)
    started_at = models.DateTimeField(db_index=True)
    fetched = models.PositiveIntegerField()
    matched = models.PositiveIntegerField()
    breaks_opened = models.PositiveIntegerField()
    breaks_matched = models.PositiveIntegerField()
    asked_by_id = models.UUIDField(null=True)

    class Meta:
        triggers: ClassVar = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.rail} {self.started_at:%Y-%m-%d %H:%M}"


class ReconciliationFigure(models.Model):
    """A row is how one currency stood at the end of a run, in minor units.

    What the provider says it holds less what the books say is on its way (unmatched for less than a day), explained by a
    person, or unexplained.
    """

    append_only: ClassVar[bool] = True

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(ReconciliationRun, on_delete=models.PROTECT, related_name="figures", db_index=False)
    currency = models.CharField(max_length=3)
    ledger_minor = models.BigIntegerField()
    provider_minor = models.BigIntegerField()
    under_way_minor = models.BigIntegerField()
    explained_minor = models.BigIntegerField()
    unexplained_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "currency"], name="reconciliation_figure_once"),
            models.CheckConstraint(
                condition=Q(
                    provider_minor=F("ledger_minor")
                    + F("under_way_minor")
                    + F("explained_minor")
                    + F("unexplained_minor")
                ),
                name="reconciliation_figure_adds_up",
            ),
        ]
        triggers: ClassVar = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.run_id} {self.currency}"

    @property
    def ledger(self) -> Money:
        """What the books say the provider holds."""
        return Money(self.ledger_minor, self.currency)

    @property
    def provider(self) -> Money:
        """What the provider says it holds."""
        return Money(self.provider_minor, self.currency)

    @property
    def difference(self) -> Money:
        """What the provider has more than the books."""
        return Money(self.provider_minor - self.ledger_minor, self.currency)

    @property
    def under_way(self) -> Money:
        """What of the difference is younger than a day."""
        return Money(self.under_way_minor, self.currency)

    @property
    def explained(self) -> Money:
        """What of the difference a person has explained."""
        return Money(self.explained_minor, self.currency)

    @property
    def unexplained(self) -> Money:
        """What nobody has explained."""
        return Money(self.unexplained_minor, self.currency)


_END_STANDS = """
    IF TG_OP = 'DELETE' OR OLD.state IN ('MATCHED', 'WRITTEN_OFF')
       OR (NEW.id, NEW.rail, NEW.reference, NEW.currency, NEW.since, NEW.opened_at)
          IS DISTINCT FROM (OLD.id, OLD.rail, OLD.reference, OLD.currency, OLD.since, OLD.opened_at) THEN
        RAISE EXCEPTION 'what a break is about stands, and so does its end: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'break_stands';
    END IF;
    RETURN NEW;
"""

LIVE_STATES = ("OPEN", "EXPLAINED", "PROPOSED")


class BreakQuerySet(models.QuerySet["Break"]):
    """Breaks, scoped to who asks."""

    def visible_to(self, user: Any) -> BreakQuerySet:
        """Return all to finance and auditors, none to everyone else."""
        return self if has_grant(user, "finance.read") or has_grant(user, "audit.read") else self.none()

    def live(self) -> BreakQuerySet:
        """Return those that have not ended."""
        return self.filter(state__in=LIVE_STATES)


class Break(models.Model):
    """A row is something that one side has and the other has not, or in another amount, for more than a day.

        OPEN ⇄ EXPLAINED (by a person, until ``clears_on``)    OPEN, EXPLAINED → PROPOSED → WRITTEN_OFF (by another person)
        OPEN, EXPLAINED, PROPOSED → MATCHED (the other side came)    PROPOSED → OPEN (refused, or the amount changed)

    ``amount_minor`` is what the provider has more than the books. A write-off books it to ``write_off``'s account.
    """

    class State(models.TextChoices):
        OPEN = "OPEN"
        EXPLAINED = "EXPLAINED"
        PROPOSED = "PROPOSED", "Write-off proposed"
        MATCHED = "MATCHED"
        WRITTEN_OFF = "WRITTEN_OFF", "Written off"

    class Side(models.TextChoices):
        PROVIDER = "PROVIDER", "Only at the provider"
        LEDGER = "LEDGER", "Only in the books"
        BOTH = "BOTH", "Another amount"

    class WriteOff(models.TextChoices):
        SUSPENSE = "SUSPENSE", "Suspense, to be looked into"
        BANK = "BANK", "The platform's own bank account"
        FEES = "FEES", "The provider's fees"
        LOSS = "LOSS", "Loss or gain of the platform"

    TRANSITIONS: ClassVar[TransitionTable] = {
        "OPEN": {"EXPLAINED", "PROPOSED", "MATCHED"},
        "EXPLAINED": {"OPEN", "PROPOSED", "MATCHED"},
        "PROPOSED": {"OPEN", "WRITTEN_OFF", "MATCHED"},
        "MATCHED": set(),
        "WRITTEN_OFF": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rail = models.CharField(max_length=20, default="connect")
    reference = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    side = models.CharField(max_length=8, choices=Side)
    kind = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField()
    since = models.DateTimeField()
    opened_at = models.DateTimeField()
    state = models.CharField(max_length=11, choices=State, default=State.OPEN)
    explanation_text = models.CharField(max_length=2000, blank=True)
    explained_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    explained_at = models.DateTimeField(null=True)
    clears_on = models.DateField(null=True)
    write_off = models.CharField(max_length=8, choices=WriteOff, blank=True)
    proposal_text = models.CharField(max_length=2000, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    entry = models.OneToOneField(JournalEntry, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = BreakQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rail", "reference", "currency"], condition=Q(state__in=LIVE_STATES), name="break_one_live"
            ),
            models.CheckConstraint(
                condition=Q(state__in=LIVE_STATES, ended_at__isnull=True)
                | Q(state__in=["MATCHED", "WRITTEN_OFF"], ended_at__isnull=False),
                name="break_ended_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="EXPLAINED")
                | ~Q(explanation_text="") & Q(explained_by__isnull=False, explained_at__isnull=False),
                name="break_explained_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["PROPOSED", "WRITTEN_OFF"])
                | ~Q(write_off="") & ~Q(proposal_text="") & Q(proposed_by__isnull=False, proposed_at__isnull=False),
                name="break_proposed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="WRITTEN_OFF", approved_by__isnull=False, entry__isnull=False)
                & ~Q(approved_by=F("proposed_by"))
                | ~Q(state="WRITTEN_OFF") & Q(approved_by__isnull=True, entry__isnull=True),
                name="break_written_off_by_two",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["since"], condition=Q(state__in=LIVE_STATES), name="break_by_age")]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="break_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_END_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"break {self.reference}"

    @property
    def amount(self) -> Money:
        """What the provider has more than the books."""
        return Money(self.amount_minor, self.currency)
