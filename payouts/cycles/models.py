"""Pay cycles, their lines, and which earnings each line pays."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from common.append_only import stands_but_for_erasure
from common.identifiers import uuid7
from common.money import Money
from common.permissions import has_grant
from common.states import TransitionTable
from payouts.earnings.models import Earning
from payouts.fx.models import Conversion

_APPROVER_IS_PAID = """
    IF coalesce(NEW.checker_id, NEW.first_checker_id) IS NOT NULL AND EXISTS (
        SELECT 1 FROM payouts_cycleline l
         WHERE l.cycle_id = NEW.id AND l.worker_id IN (NEW.maker_id, NEW.checker_id, NEW.first_checker_id)
           AND l.state = 'INCLUDED'
    ) THEN
        RAISE EXCEPTION 'nobody prepares or approves a cycle that pays them'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pay_cycle_not_to_oneself';
    END IF;
    RETURN NEW;
"""

#: Only on the way to the money: a cycle that was already paid out when the limit came may still end.
_SECOND_APPROVAL = """
    IF TG_OP = 'UPDATE' AND NEW.second_approval_over_minor <> OLD.second_approval_over_minor
       AND NOT (OLD.state = 'CALCULATED' AND NEW.state = 'SUBMITTED') THEN
        RAISE EXCEPTION 'the limit of a cycle is that of the day it was submitted'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'pay_cycle_limit_stands';
    END IF;
    IF NEW.state NOT IN ('DRAFT', 'CALCULATED', 'SUBMITTED', 'CANCELLED', 'COMPLETED', 'COMPLETED_WITH_EXCEPTIONS')
       AND NEW.first_checker_id IS NULL
       AND (SELECT coalesce(sum(l.amount_minor), 0) FROM payouts_cycleline l
             WHERE l.cycle_id = NEW.id AND l.state = 'INCLUDED') > NEW.second_approval_over_minor THEN
        RAISE EXCEPTION 'a cycle above the limit needs two approvals'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pay_cycle_second_approval';
    END IF;
    RETURN NEW;
"""

_APPROVED_LINES_STAND = """
    IF EXISTS (
        SELECT 1 FROM payouts_paycycle c
         WHERE c.id = coalesce(NEW.cycle_id, OLD.cycle_id)
           AND c.state NOT IN ('DRAFT', 'CALCULATED')
           AND (TG_OP <> 'UPDATE'
                OR (NEW.cycle_id, NEW.worker_id, NEW.currency, NEW.earned_minor, NEW.bonus_minor, NEW.brought_minor,
                    NEW.held_minor, NEW.holdback_minor, NEW.recovered_minor, NEW.amount_minor, NEW.carried_minor,
                    NEW.earnings_count, NEW.holdback_bps, NEW.recovery_bps, NEW.withheld_minor, NEW.withholding_bps,
                    NEW.withholding_code)
                   IS DISTINCT FROM (OLD.cycle_id, OLD.worker_id, OLD.currency, OLD.earned_minor, OLD.bonus_minor,
                    OLD.brought_minor, OLD.held_minor, OLD.holdback_minor, OLD.recovered_minor, OLD.amount_minor,
                    OLD.carried_minor, OLD.earnings_count, OLD.holdback_bps, OLD.recovery_bps,
                    OLD.withheld_minor, OLD.withholding_bps, OLD.withholding_code))
    ) THEN
        RAISE EXCEPTION 'the lines of a submitted cycle stand: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'cycle_lines_stand';
    END IF;
    RETURN coalesce(NEW, OLD);
"""


class PayCycleQuerySet(models.QuerySet["PayCycle"]):
    """Cycles, for those who may read finance."""

    def visible_to(self, user: Any) -> PayCycleQuerySet:
        """Return all to finance and auditors, none to anyone else."""
        return self if has_grant(user, "finance.read") or has_grant(user, "audit.read") else self.none()


class PayCycle(models.Model):
    """A row is one run of pay in one currency, of what was approved before ``ends_at`` and not paid yet.

        DRAFT -> CALCULATED -> SUBMITTED -> APPROVED -> FUNDING -> EXECUTING -> COMPLETED
                    ^              |                                   \\-----> COMPLETED_WITH_EXCEPTIONS
                    \\- sent back -/         any state up to FUNDING -> CANCELLED

    ``maker`` prepared it and ``checker`` approved it: two people, neither of whom it pays. ``approved_hash`` is the
    sha256 of the lines that were approved; no other lines are carried out. A total above ``second_approval_over_minor``
    needs two approvals: ``first_checker``, a third person, signs the same sha256 as ``first_hash`` and the cycle stays
    SUBMITTED until ``checker`` does too. The limit is that of the day it was submitted; a cycle not submitted has none.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT"
        CALCULATED = "CALCULATED"
        SUBMITTED = "SUBMITTED"
        APPROVED = "APPROVED"
        FUNDING = "FUNDING"
        EXECUTING = "EXECUTING"
        COMPLETED = "COMPLETED"
        COMPLETED_WITH_EXCEPTIONS = "COMPLETED_WITH_EXCEPTIONS"
        CANCELLED = "CANCELLED"

    class Kind(models.TextChoices):
        REGULAR = "REGULAR"
        EXTRA = "EXTRA"

    TRANSITIONS: ClassVar[TransitionTable] = {
        "DRAFT": {"CALCULATED", "CANCELLED"},
        "CALCULATED": {"SUBMITTED", "CANCELLED"},
        "SUBMITTED": {"CALCULATED", "APPROVED", "CANCELLED"},
        "APPROVED": {"FUNDING", "CANCELLED"},
        "FUNDING": {"EXECUTING", "CANCELLED"},
        "EXECUTING": {"COMPLETED", "COMPLETED_WITH_EXCEPTIONS"},
        "COMPLETED": set(),
        "COMPLETED_WITH_EXCEPTIONS": set(),
        "CANCELLED": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.REGULAR)
    currency = models.CharField(max_length=3)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=30, choices=State, default=State.DRAFT)
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    checker = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    first_checker = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    first_approved_at = models.DateTimeField(null=True)
    first_hash = models.CharField(max_length=64, blank=True, db_default="", default="")
    second_approval_over_minor = models.BigIntegerField(db_default=0, default=0)
    lines_hash = models.CharField(max_length=64, blank=True)
    approved_hash = models.CharField(max_length=64, blank=True)
    expected_pay_on = models.DateField()
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    executed_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = PayCycleQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="pay_cycle_has_time"),
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")), name="pay_cycle_four_eyes"
            ),
            models.CheckConstraint(
                # NOT IN fails closed: a state that nobody thought of counts as one that needs the approval.
                condition=Q(state__in=["DRAFT", "CALCULATED", "SUBMITTED", "CANCELLED"])
                | Q(checker__isnull=False, approved_at__isnull=False, approved_hash=F("lines_hash"))
                & ~Q(approved_hash=""),
                name="pay_cycle_approved_before_money",
            ),
            models.CheckConstraint(
                condition=Q(first_checker__isnull=True, first_approved_at__isnull=True, first_hash="")
                | ~Q(first_checker=F("maker"))
                & (Q(checker__isnull=True) | ~Q(first_checker=F("checker")))
                & Q(first_approved_at__isnull=False, first_hash=F("lines_hash"))
                & ~Q(first_hash=""),
                name="pay_cycle_six_eyes",
            ),
            ExclusionConstraint(
                name="pay_cycle_once_per_period",
                expressions=[
                    ("currency", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (
                        Func(F("starts_at"), F("ends_at"), function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=~Q(state="CANCELLED"),
            ),
            models.UniqueConstraint(
                fields=["currency"],
                condition=Q(state__in=["FUNDING", "EXECUTING"]),
                name="pay_cycle_one_executing",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="not_to_oneself",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=_APPROVER_IS_PAID,
            ),
            pgtrigger.Trigger(
                name="second_approval",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=_SECOND_APPROVAL,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.starts_at:%Y-%m-%d}"

    @property
    def second_approval_over(self) -> Money:
        """Above which total two people approve; zero until it is submitted."""
        return Money(self.second_approval_over_minor, self.currency)

    @property
    def first_day(self) -> date:
        """The period's first day, counted in UTC as periods are; in a viewer's zone it would be another."""
        return self.starts_at.astimezone(UTC).date()

    @property
    def last_day(self) -> date:
        """The last day inside the period, counted in UTC."""
        return (self.ends_at - timedelta(microseconds=1)).astimezone(UTC).date()


class CycleLine(models.Model):
    """A row is what one cycle pays one expert, or why it does not. The database holds it to its own explanation:

        earned + bonus + brought - held - withheld - holdback - recovered = amount (paid now) + carried

    in minor units. ``earned_minor`` is work and ``bonus_minor`` bonuses and corrections; ``brought_minor`` is what earlier
    lines left over (negative where a later line paid it and the earlier one came back). ``held_minor`` is on hold,
    ``holdback_minor`` kept until a date, ``recovered_minor`` taken for what the expert owes; the two shares are the most
    that may be, in hundredths of a percent of earned and bonus. ``withheld_minor`` is tax,
    exactly ``withholding_bps`` of earned and bonus, with the reason's code. CARRIED_OVER lines pay nothing and hold no earnings; HELD
    lines were left out at execution. Both say why. ``released_at``: the money came back to payable.
    """

    class State(models.TextChoices):
        INCLUDED = "INCLUDED"
        CARRIED_OVER = "CARRIED_OVER", "Carried over"
        HELD = "HELD"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cycle = models.ForeignKey(PayCycle, on_delete=models.PROTECT, related_name="lines", db_index=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=12, choices=State, default=State.INCLUDED)
    earned_minor = models.BigIntegerField()
    bonus_minor = models.BigIntegerField(default=0)
    brought_minor = models.BigIntegerField(default=0)
    held_minor = models.BigIntegerField(default=0)
    holdback_minor = models.BigIntegerField(default=0)
    recovered_minor = models.BigIntegerField(default=0)
    withheld_minor = models.BigIntegerField(default=0)
    withholding_bps = models.PositiveSmallIntegerField(default=0)
    withholding_code = models.CharField(max_length=60, blank=True)
    amount_minor = models.BigIntegerField()
    carried_minor = models.BigIntegerField(default=0)
    earnings_count = models.PositiveIntegerField()
    holdback_bps = models.PositiveSmallIntegerField(default=0)
    recovery_bps = models.PositiveSmallIntegerField(default=0)
    reason_code = models.CharField(max_length=60, blank=True)
    reason_text = models.TextField(blank=True)
    payout_id = models.UUIDField(null=True, unique=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cycle", "worker"], name="cycle_line_once"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, earned_minor__gte=0, bonus_minor__gte=0, held_minor__gte=0)
                & Q(holdback_minor__gte=0, recovered_minor__gte=0)
                & (Q(carried_minor__gte=0) | Q(state="CARRIED_OVER")),
                name="cycle_line_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    amount_minor=F("earned_minor")
                    + F("bonus_minor")
                    + F("brought_minor")
                    - F("held_minor")
                    - F("withheld_minor")
                    - F("holdback_minor")
                    - F("recovered_minor")
                    - F("carried_minor")
                ),
                name="cycle_line_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(state="CARRIED_OVER", withheld_minor=0)
                | ~Q(state="CARRIED_OVER")
                & Q(
                    withheld_minor=(F("earned_minor") + F("bonus_minor")) * F("withholding_bps") / 10000,
                    withholding_bps__lte=3000,
                )
                & (Q(withholding_bps=0) | ~Q(withholding_code="")),
                name="cycle_line_withholds_exactly",
            ),
            models.CheckConstraint(
                condition=Q(holdback_bps__lte=10000, recovery_bps__lte=10000)
                & Q(holdback_minor__lte=(F("earned_minor") + F("bonus_minor")) * F("holdback_bps") / 10000)
                & Q(recovered_minor__lte=(F("earned_minor") + F("bonus_minor")) * F("recovery_bps") / 10000),
                name="cycle_line_keeps_its_shares",
            ),
            models.CheckConstraint(
                condition=Q(state="INCLUDED", amount_minor__gt=0)
                | (Q(state="CARRIED_OVER", amount_minor=0, holdback_minor=0, recovered_minor=0) | Q(state="HELD"))
                & Q(payout_id__isnull=True)
                & ~Q(reason_code=""),
                name="cycle_line_pays_or_says_why",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="lines_stand",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=_APPROVED_LINES_STAND,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id}: {self.worker_id}"

    @property
    def amount(self) -> Money:
        """What the line pays."""
        return Money(self.amount_minor, self.currency)

    @property
    def converted(self) -> Conversion | None:
        """What it becomes in another currency, None where it is paid as it is."""
        found: Conversion | None = getattr(self, "conversion", None)
        return found

    @property
    def pays(self) -> Money:
        """What arrives: the amount, or what it becomes in another currency."""
        return self.converted.paid if self.converted else self.amount

    @property
    def source(self) -> str:
        """The origin of what it keeps, in the books and among the holds."""
        return f"cycle_line:{self.id}"

    @property
    def parts(self) -> list[tuple[str, Money]]:
        """What lies between the work and the payment, in words with signed amounts; what is nothing is left out."""
        figures = (
            ("Bonuses and corrections", self.bonus_minor),
            ("Brought forward", self.brought_minor),
            ("On hold", -self.held_minor),
            ("Tax withheld", -self.withheld_minor),
            ("Held back", -self.holdback_minor),
            ("Taken for a debt", -self.recovered_minor),
            ("Carried to the next", -self.carried_minor),
        )
        return [(words, Money(minor, self.currency)) for words, minor in figures if minor]

    @property
    def leaves_payable_minor(self) -> int:
        """What leaves the expert's payable account when the line is carried out, in minor units."""
        return self.amount_minor + self.recovered_minor + self.holdback_minor + self.withheld_minor

    @property
    def waits(self) -> Money:
        """What a line that pays nothing leaves to later cycles: carried over, or approved and left out at execution."""
        return Money(self.amount_minor + self.carried_minor, self.currency)


class CycleLineEarning(models.Model):
    """A row says that a line pays an earning, until ``released_at`` (the payout came back, or the cycle was cancelled).

    An earning is in at most one line that is not released: the database sees to it.
    """

    line = models.ForeignKey(CycleLine, on_delete=models.CASCADE, related_name="earnings")
    earning = models.ForeignKey(Earning, on_delete=models.PROTECT, related_name="cycle_lines", db_index=False)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["earning"], condition=Q(released_at__isnull=True), name="earning_in_one_live_line"
            ),
            models.UniqueConstraint(fields=["earning", "line"], name="cycle_line_earning_once"),
        ]

    def __str__(self) -> str:
        return f"{self.earning_id} in {self.line_id}"


class LineDestination(models.Model):
    """A row is where the money of one line was to go when its cycle was approved: what the approver signed off.

    Never changed or deleted. If the payee's account is another one when the line is carried out, it is paid to neither.
    """

    line = models.OneToOneField(CycleLine, primary_key=True, on_delete=models.PROTECT, related_name="destination")
    account_id = models.CharField(max_length=100, blank=True)
    bank_fingerprint = models.CharField(max_length=100, blank=True)
    bank_last4 = models.CharField(max_length=4, blank=True)
    bank_name = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2, blank=True)
    currency = models.CharField(max_length=3)
    taken_at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = [
            stands_but_for_erasure("destination_stands", "bank_fingerprint", "bank_last4", "bank_name"),
        ]

    def __str__(self) -> str:
        return f"destination of {self.line_id}"


class EarningState(models.Model):
    """A row is where an earning stands now: a view of the database, never written (see ``payouts.cycles.sql``)."""

    class State(models.TextChoices):
        APPROVED = "APPROVED"
        IN_CYCLE = "IN_CYCLE", "In cycle"
        PAID = "PAID"
        HELD = "HELD"
        REVERSED = "REVERSED"

    earning = models.OneToOneField(
        Earning, primary_key=True, on_delete=models.DO_NOTHING, related_name="standing", db_constraint=False
    )
    state = models.CharField(max_length=10, choices=State)
    cycle_id = models.UUIDField(null=True)
    payout_id = models.UUIDField(null=True)
    reason_code = models.CharField(max_length=60)
    reason_text = models.TextField()

    class Meta:
        managed = False
        db_table = "payouts_earningstate"

    def __str__(self) -> str:
        return f"{self.earning_id}: {self.state}"
