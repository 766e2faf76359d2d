"""Accounts, periods, entries and lines. Only this feature's commands write them; the database guards every write."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from common.money import LARGEST_AMOUNT_MINOR
from common.permissions import has_grant
from common.states import TransitionTable
from payouts.ledger import triggers


class LedgerAccount(models.Model):
    """A row is one account of the books, in one currency, opened at its first use and never changed.

    ``side`` is where it grows. ``floor_minor`` (minor units, null = none) is the least balance the database allows.
    """

    append_only: ClassVar[bool] = True

    class Side(models.TextChoices):
        DEBIT = "DEBIT"
        CREDIT = "CREDIT"

    code = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=30)
    side = models.CharField(max_length=6, choices=Side)
    currency = models.CharField(max_length=3)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    floor_minor = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # The target of the lines' composite foreign keys: a line and its accounts are of one currency.
            models.UniqueConstraint(fields=["id", "currency"], name="ledger_account_id_currency"),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Za-z0-9:_.-]+:[A-Z]{3}$"),
                name="ledger_account_code_form",
            ),
            models.CheckConstraint(
                condition=Q(code__endswith=F("currency")),
                name="ledger_account_code_currency",
            ),
        ]
        triggers: ClassVar = [*append_only_triggers(), *triggers.account_triggers()]

    def __str__(self) -> str:
        return self.code


class PeriodQuerySet(models.QuerySet["Period"]):
    """Periods, for those who may read finance."""

    def visible_to(self, user: Any) -> PeriodQuerySet:
        """Return all to finance and auditors, none to anyone else."""
        return self if has_grant(user, "finance.read") or has_grant(user, "audit.read") else self.none()

    def unclosed(self) -> PeriodQuerySet:
        """Return those that still take entries."""
        return self.exclude(state=Period.State.CLOSED)


class Period(models.Model):
    """A row is one month of the books, from ``starts_on`` up to, not including, ``ends_on``; closed once, for good.

        OPEN ⇄ PROPOSED (to be closed)    PROPOSED → CLOSED (by another person)

    Months are closed in their order: no open month lies before a closed one, and none is opened there later. What was
    wrong in a closed month is corrected by an entry in an open one.
    """

    class State(models.TextChoices):
        OPEN = "OPEN"
        PROPOSED = "PROPOSED"
        CLOSED = "CLOSED"

    TRANSITIONS: ClassVar[TransitionTable] = {"OPEN": {"PROPOSED"}, "PROPOSED": {"OPEN", "CLOSED"}, "CLOSED": set()}

    month = models.CharField(max_length=7, unique=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN, db_default="OPEN")
    proposal_text = models.CharField(max_length=2000, blank=True, db_default="")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1, db_default=1)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(starts_on__lt=F("ends_on")), name="ledger_period_has_days"),
            models.CheckConstraint(
                condition=Q(state="OPEN", proposed_by__isnull=True, proposed_at__isnull=True, proposal_text="")
                | Q(state__in=["PROPOSED", "CLOSED"], proposed_by__isnull=False, proposed_at__isnull=False)
                & ~Q(proposal_text=""),
                name="ledger_period_proposed",
            ),
            models.CheckConstraint(
                condition=Q(state="CLOSED", closed_by__isnull=False, closed_at__isnull=False)
                & ~Q(closed_by=F("proposed_by"))
                | ~Q(state="CLOSED") & Q(closed_by__isnull=True, closed_at__isnull=True),
                name="ledger_period_four_eyes",
            ),
            ExclusionConstraint(
                name="ledger_periods_apart",
                expressions=[
                    (
                        Func(
                            F("starts_on"),
                            F("ends_on"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    )
                ],
            ),
        ]
        triggers: ClassVar = triggers.period_triggers()

    def __str__(self) -> str:
        return self.month


class JournalEntry(models.Model):
    """A row is one entry: a fact about money, posted once under its key, with the sha256 of itself and its lines.

    It is corrected by another entry that ``reverses`` it, never changed.
    """

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    idempotency_key = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="entries")
    effective_on = models.DateField()
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    line_count = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=200)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            # Not unique=True, which would add a second index for prefixes that nobody asks for.
            models.UniqueConstraint(fields=["idempotency_key"], name="journal_entry_idempotency_key_once"),
            models.CheckConstraint(condition=Q(line_count__gte=1), name="journal_entry_has_lines"),
            models.CheckConstraint(
                condition=Q(kind__regex=r"^[A-Z][A-Z_]{1,39}$"),
                name="journal_entry_kind_form",
            ),
            models.CheckConstraint(
                # One printable line each: the digest separates its parts by line breaks.
                condition=Q(idempotency_key__regex=r"^[^[:cntrl:]]+$") & Q(source__regex=r"^[^[:cntrl:]]+$"),
                name="journal_entry_texts_form",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["source"], name="journal_entry_by_source")]
        triggers: ClassVar = [*append_only_triggers(), *triggers.entry_triggers()]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def reversed_by_id(self) -> UUID | None:
        """The entry that reverses this one, if there is one; loaded with ``select_related("reversed_by")``."""
        reversal: JournalEntry | None = getattr(self, "reversed_by", None)
        return reversal.id if reversal else None


class JournalLine(models.Model):
    """A row moves one positive amount from the credit account to the debit account: it cannot be out of balance.

    The database holds composite foreign keys (account, currency) beside it, see ``payouts.ledger.sql``.
    """

    append_only: ClassVar[bool] = True

    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="lines", db_index=False)
    line_no = models.PositiveSmallIntegerField()
    debit = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    credit = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry", "line_no"], name="journal_line_once"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=1, amount_minor__lte=LARGEST_AMOUNT_MINOR),
                name="journal_line_amount_positive",
            ),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="journal_line_two_accounts"),
            models.CheckConstraint(condition=Q(line_no__gte=1), name="journal_line_numbered"),
        ]
        triggers: ClassVar = [*append_only_triggers(), *triggers.line_triggers()]

    def __str__(self) -> str:
        return f"{self.entry_id}/{self.line_no}"


class EntrySeal(models.Model):
    """A row is one link of the chain over all entries: its sha256 covers the link before, the entry's id and digest.

    ``position`` counts from 1 without gaps. The sealer writes links after postings, see ``payouts.ledger.commands.seal``.
    """

    append_only: ClassVar[bool] = True

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, related_name="seal")
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(position__gte=1), name="entry_seal_numbered"),
        ]
        triggers: ClassVar = [*append_only_triggers(), *triggers.seal_triggers()]

    def __str__(self) -> str:
        return f"{self.position}: {self.entry_id}"


class LedgerBalance(models.Model):
    """A row is what an account with an owner or a floor holds, in minor units on its own side, derived from its lines.

    A trigger keeps it in the posting's statement; nobody can write it. The floor is the account's, so that a CHECK can
    refuse what would fall below it.
    """

    account = models.OneToOneField(
        LedgerAccount,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="balance",
    )
    balance_minor = models.BigIntegerField()
    floor_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(floor_minor__isnull=True) | Q(balance_minor__gte=F("floor_minor")),
                name="ledger_balance_above_floor",
            ),
        ]
        triggers: ClassVar = triggers.balance_triggers()

    def __str__(self) -> str:
        return f"{self.account_id}: {self.balance_minor}"
