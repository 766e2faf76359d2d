"""Payees, and the holds on where their money goes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.append_only import append_only_triggers, stands_but_for_erasure, unless_erasing
from common.identifiers import uuid7
from common.permissions import has_grant
from payouts.payees.taxation import FormFacts, status_of
from payouts.rails.rules import RAIL_NAMES

_PAYEE_HOLD_STANDS = """
    IF TG_OP = 'DELETE' OR OLD.lifted_at IS NOT NULL
       OR (NEW.id, NEW.worker_id, NEW.kind, NEW.subject, NEW.reason_text, NEW.facts, NEW.started_at, NEW.ends_at)
          IS DISTINCT FROM (OLD.id, OLD.worker_id, OLD.kind, OLD.subject, OLD.reason_text, OLD.facts, OLD.started_at,
           OLD.ends_at)
       OR (OLD.appeal_text <> '' AND (NEW.appeal_text, NEW.appealed_at) IS DISTINCT FROM
           (OLD.appeal_text, OLD.appealed_at)) THEN
        RAISE EXCEPTION 'what a hold on a payee says stands, and so does its end: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'payee_hold_stands';
    END IF;
    RETURN NEW;
"""

_TAX_FORM_STANDS = """
    IF TG_OP = 'DELETE' OR OLD.state <> 'SUBMITTED'
       OR (NEW.id, NEW.worker_id, NEW.version, NEW.form, NEW.legal_name, NEW.tax_country, NEW.tin_last4, NEW.tin_hash,
           NEW.works_in_us, NEW.treaty_country, NEW.treaty_bps, NEW.signed_on, NEW.expires_on, NEW.submitted_at)
          IS DISTINCT FROM (OLD.id, OLD.worker_id, OLD.version, OLD.form, OLD.legal_name, OLD.tax_country, OLD.tin_last4,
           OLD.tin_hash, OLD.works_in_us, OLD.treaty_country, OLD.treaty_bps, OLD.signed_on, OLD.expires_on,
           OLD.submitted_at) THEN
        RAISE EXCEPTION 'a tax form stands, and so does its review: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'tax_form_stands';
    END IF;
    RETURN NEW;
"""

_REACHABLE = frozenset({"COLLECTING", "VERIFYING", "ACTIVE", "RESTRICTED", "DISABLED"})


class PayeeQuerySet(models.QuerySet["Payee"]):
    """Payees, scoped to who asks."""

    def visible_to(self, user: Any) -> PayeeQuerySet:
        """Return all to finance and auditors, their own to everyone else."""
        if has_grant(user, "finance.read") or has_grant(user, "audit.read"):
            return self
        return self.filter(worker_id=user.pk)


class Payee(models.Model):
    """A row is how one worker is paid: their legal name, where their bank is, and how far the provider's checks are.

        UNSET → COLLECTING → VERIFYING → ACTIVE ⇄ RESTRICTED
                     any of them → DISABLED (the provider will not pay this account)

    Bank details themselves stay with the provider; kept are the last four characters and a fingerprint that changes
    when the bank account does. What keeps it from being paid for a time are rows of ``PayeeHold``.
    """

    class State(models.TextChoices):
        UNSET = "UNSET"
        COLLECTING = "COLLECTING"
        VERIFYING = "VERIFYING"
        ACTIVE = "ACTIVE"
        RESTRICTED = "RESTRICTED"
        DISABLED = "DISABLED"

    # The provider decides; whatever it says is what is true.
    TRANSITIONS: ClassVar = {state: _REACHABLE - {state} for state in ("UNSET", *_REACHABLE)}

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    worker = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    legal_name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    rail = models.CharField(max_length=20)
    account_id = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.UNSET)
    requirements = models.JSONField(default=list, blank=True)
    bank_fingerprint = models.CharField(max_length=100, blank=True)
    bank_last4 = models.CharField(max_length=4, blank=True)
    bank_name = models.CharField(max_length=200, blank=True)
    destination_changed_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = PayeeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account_id"], condition=~Q(account_id=""), name="payee_account_once"),
            models.CheckConstraint(
                condition=Q(state__in=["UNSET", "COLLECTING", "VERIFYING", "ACTIVE", "RESTRICTED", "DISABLED"]),
                name="payee_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["UNSET", "COLLECTING", "DISABLED"]) | ~Q(account_id=""),
                name="payee_checked_has_account",
            ),
            models.CheckConstraint(
                condition=~Q(state="ACTIVE") | Q(ready_at__isnull=False) & ~Q(bank_fingerprint=""),
                name="payee_active_has_bank",
            ),
            models.CheckConstraint(condition=~Q(legal_name=""), name="payee_has_name"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["bank_fingerprint"], condition=~Q(bank_fingerprint=""), name="payee_by_bank"),
        ]

    def __str__(self) -> str:
        return f"payee {self.id}"

    @property
    def rail_name(self) -> str:
        """What the rail is called over which they are paid."""
        return RAIL_NAMES.get(self.rail, self.rail)


class PayeeHoldQuerySet(models.QuerySet["PayeeHold"]):
    """Holds on payees, scoped to who asks."""

    def visible_to(self, user: Any) -> PayeeHoldQuerySet:
        """Return all to finance and auditors, their own to everyone else."""
        if has_grant(user, "finance.read") or has_grant(user, "audit.read"):
            return self
        return self.filter(worker_id=user.pk)

    def stopping(self, now: datetime) -> PayeeHoldQuerySet:
        """Return those because of which nothing is paid at ``now``."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), lifted_at__isnull=True)


class PayeeHold(models.Model):
    """A row is why nothing is paid to one payee, in any currency, until its end or until two people lift it.

    Those that follow a change end by themselves after 72 hours; the others stand until somebody proposes and another
    person lifts, each with words. ``subject`` is what it is about: one kind of hold is placed once for it. The payee reads
    the reason and may appeal once.
    """

    class Kind(models.TextChoices):
        DESTINATION_CHANGED = "DESTINATION_CHANGED", "Bank account changed"
        SECURITY_CHANGED = "SECURITY_CHANGED", "Log-in changed"
        DUPLICATE_BANK = "DUPLICATE_BANK", "Bank account of two people"
        DUPLICATE_TAX_ID = "DUPLICATE_TAX_ID", "Taxpayer number of two people"
        COUNTRY_LISTED = "COUNTRY_LISTED", "Country on a list"
        NAME_LISTED = "NAME_LISTED", "Name on a list"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind)
    subject = models.CharField(max_length=200)
    reason_text = models.CharField(max_length=500)
    facts = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    proposal_text = models.CharField(max_length=2000, blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lift_text = models.CharField(max_length=2000, blank=True)
    appeal_text = models.CharField(max_length=2000, blank=True)
    appealed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = PayeeHoldQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["worker", "kind", "subject"], name="payee_hold_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["DESTINATION_CHANGED", "SECURITY_CHANGED"], ends_at__gt=F("started_at"))
                | ~Q(kind__in=["DESTINATION_CHANGED", "SECURITY_CHANGED"]) & Q(ends_at__isnull=True),
                name="payee_hold_ends_by_its_kind",
            ),
            models.CheckConstraint(condition=~Q(reason_text="") & ~Q(subject=""), name="payee_hold_says_why"),
            models.CheckConstraint(
                condition=Q(proposed_by__isnull=True, proposed_at__isnull=True, proposal_text="")
                | Q(proposed_by__isnull=False, proposed_at__isnull=False) & ~Q(proposal_text=""),
                name="payee_hold_proposal_whole",
            ),
            models.CheckConstraint(
                condition=Q(lifted_by__isnull=True, lifted_at__isnull=True, lift_text="")
                | Q(lifted_by__isnull=False, lifted_at__isnull=False, proposed_by__isnull=False)
                & ~Q(lift_text="")
                & ~Q(lifted_by=F("proposed_by")),
                name="payee_hold_lifted_by_another",
            ),
            models.CheckConstraint(
                condition=(Q(proposed_by__isnull=True) | ~Q(worker=F("proposed_by")))
                & (Q(lifted_by__isnull=True) | ~Q(worker=F("lifted_by"))),
                name="payee_hold_not_over_oneself",
            ),
            models.CheckConstraint(
                condition=Q(appeal_text="", appealed_at__isnull=True)
                | ~Q(appeal_text="") & Q(appealed_at__isnull=False),
                name="payee_hold_appeal_has_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["ends_at", "id"], condition=Q(lifted_at__isnull=True), name="payee_hold_open"),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="payee_hold_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=unless_erasing(
                    "subject", "reason_text", "facts", "proposal_text", "lift_text", "appeal_text", "version"
                )
                + _PAYEE_HOLD_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"payee hold {self.id}"

    def stops(self, now: datetime) -> bool:
        """Say whether nothing is paid because of it at ``now``."""
        return self.lifted_at is None and (self.ends_at is None or self.ends_at > now)

    @property
    def words(self) -> str:
        """What it is for and how it ends, as the payee reads it."""
        if self.ends_at is None:
            return f"{self.reason_text} A person looks at it; you can write why you should be paid."
        return f"{self.reason_text} You can be paid from {self.ends_at:%Y-%m-%d %H:%M} UTC."


class ScreeningList(models.Model):
    """A row is one edition of a list of names that an operator imported."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=60)
    version = models.CharField(max_length=60)
    dated = models.DateField()
    entry_count = models.PositiveIntegerField()
    imported_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "version"], name="screening_list_once"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(version=""), name="screening_list_named"),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="screening_list_stands", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class ScreeningEntry(models.Model):
    """A row is one name of an edition; ``folded`` is how it is compared (see ``payouts.payees.screening.fold``)."""

    list = models.ForeignKey(ScreeningList, on_delete=models.PROTECT, related_name="entries", db_index=False)
    entry_id = models.CharField(max_length=100)
    name = models.CharField(max_length=500)
    folded = models.CharField(max_length=500)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["list", "folded"], name="screening_by_name")]
        triggers: ClassVar = [
            pgtrigger.Protect(name="screening_entry_stands", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.entry_id


class ScreeningResult(models.Model):
    """A row says that one payee, by this name and country, was looked up in one edition of a list, and what fitted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    list_name = models.CharField(max_length=60)
    list_version = models.CharField(max_length=60)
    list_dated = models.DateField()
    legal_name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    hits = models.JSONField(default=list, blank=True)
    screened_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["worker", "list_name", "list_version"], name="screening_by_worker"),
        ]
        triggers: ClassVar = [
            stands_but_for_erasure("screening_result_stands", "legal_name", "hits"),
        ]

    def __str__(self) -> str:
        return f"{self.worker_id} in {self.list_name} {self.list_version}"


class TaxFormQuerySet(models.QuerySet["TaxForm"]):
    """Tax forms, scoped to who asks."""

    def visible_to(self, user: Any) -> TaxFormQuerySet:
        """Return all to finance and auditors, their own to everyone else."""
        if has_grant(user, "finance.read") or has_grant(user, "audit.read"):
            return self
        return self.filter(worker_id=user.pk)


class TaxForm(models.Model):
    """A row is one signed tax form of an expert: W-9, W-8BEN or W-8BEN-E. A new one is a new version; none is changed.

        SUBMITTED -> VALID, REJECTED (by a person of finance, with words)

    The newest VALID version counts until ``expires_on``. Of the taxpayer number only the last four signs are kept, and a
    keyed hash that finds a second use. ``works_in_us`` makes pay income from sources in the United States.
    """

    class Form(models.TextChoices):
        W9 = "W9", "Form W-9"
        W8BEN = "W8BEN", "Form W-8BEN"
        W8BENE = "W8BENE", "Form W-8BEN-E"

    class State(models.TextChoices):
        SUBMITTED = "SUBMITTED"
        VALID = "VALID"
        REJECTED = "REJECTED"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.PositiveIntegerField()
    form = models.CharField(max_length=6, choices=Form)
    legal_name = models.CharField(max_length=200)
    tax_country = models.CharField(max_length=2)
    tin_last4 = models.CharField(max_length=4, blank=True)
    tin_hash = models.CharField(max_length=64, blank=True, db_index=True)
    works_in_us = models.BooleanField()
    treaty_country = models.CharField(max_length=2, blank=True)
    treaty_bps = models.PositiveSmallIntegerField(null=True)
    signed_on = models.DateField()
    expires_on = models.DateField(null=True)
    submitted_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.SUBMITTED)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    review_text = models.CharField(max_length=2000, blank=True)

    objects = TaxFormQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["worker", "version"], name="tax_form_version_once"),
            models.CheckConstraint(
                condition=Q(form="W9", tax_country="US", expires_on__isnull=True, treaty_bps__isnull=True)
                | Q(form__in=["W8BEN", "W8BENE"], expires_on__gte=F("signed_on")) & ~Q(tax_country="US"),
                name="tax_form_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(treaty_country="", treaty_bps__isnull=True)
                | Q(treaty_country=F("tax_country"), treaty_bps__lt=3000),
                name="tax_form_treaty_whole",
            ),
            models.CheckConstraint(
                condition=Q(tin_last4="", tin_hash="") | ~Q(tin_last4="") & ~Q(tin_hash=""), name="tax_form_tin_whole"
            ),
            models.CheckConstraint(
                condition=Q(state="SUBMITTED", reviewed_by__isnull=True, reviewed_at__isnull=True, review_text="")
                | Q(state__in=["VALID", "REJECTED"], reviewed_by__isnull=False, reviewed_at__isnull=False)
                & ~Q(review_text="")
                & ~Q(reviewed_by=F("worker")),
                name="tax_form_reviewed_by_another",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="tax_form_stands",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=unless_erasing("legal_name", "tin_last4", "tin_hash", "review_text") + _TAX_FORM_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form} of {self.worker_id}"

    def status(self, today: date) -> str:
        """Return SUBMITTED, VALID, EXPIRING, EXPIRED or REJECTED."""
        return status_of(self.state, self.expires_on, today)

    @property
    def facts(self) -> FormFacts:
        """What of it decides on withholding."""
        return FormFacts(self.form, bool(self.tin_hash), self.works_in_us and self.form != "W9", self.treaty_bps)


class TaxFormReminder(models.Model):
    """A row says that the payee was told, ``days`` or less before it, that their form runs out."""

    append_only: ClassVar[bool] = True

    form = models.ForeignKey(TaxForm, on_delete=models.PROTECT, related_name="+", db_index=False)
    days = models.PositiveSmallIntegerField()
    told_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["form", "days"], name="tax_form_reminder_once")]
        triggers: ClassVar = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.form_id}: {self.days} days"
