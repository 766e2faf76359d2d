"""What an expert says of themselves, what was assessed, and the row that search reads."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, IntegerField, Q

from common.identifiers import uuid7
from common.permissions import has_grant, visible_workers
from marketplace.taxonomy.models import TaxonomyNode


class ExpertQuerySet(models.QuerySet["Expert"]):
    """Experts in somebody's scope."""

    def visible_to(self, user: Any) -> ExpertQuerySet:
        """Return the experts whose public card ``user`` may read.

        Oneself; those who work for one's organizations; the active ones for whoever staffs; all for those who assess or audit.
        """
        if has_grant(user, "experts.assess") or has_grant(user, "audit.read"):
            return self.all()
        scope = Q(user_id=user.pk) | Q(user_id__in=visible_workers(user))
        if has_grant(user, "experts.search"):
            scope |= Q(state=Expert.State.ACTIVE)
        return self.filter(scope)


class Expert(models.Model):
    """A row is one expert's profile. Residence, tax and bank country are three facts and are never inferred.

    States: DRAFT → ACTIVE ↔ PAUSED (by the expert) → CLOSED. Only an active expert is found and matched.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT"
        ACTIVE = "ACTIVE"
        PAUSED = "PAUSED"
        CLOSED = "CLOSED"

    TRANSITIONS: ClassVar = {
        "DRAFT": {"ACTIVE", "CLOSED"},
        "ACTIVE": {"PAUSED", "CLOSED"},
        "PAUSED": {"ACTIVE", "CLOSED"},
        "CLOSED": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="expert")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    legal_name = models.CharField(max_length=200)
    preferred_name = models.CharField(max_length=200)
    headline = models.CharField(max_length=200, blank=True)
    biography = models.TextField(blank=True)
    residence_country = models.CharField(max_length=2)
    tax_country = models.CharField(max_length=2)
    bank_country = models.CharField(max_length=2)
    timezone = models.CharField(max_length=64)
    weekly_capacity_minutes = models.PositiveIntegerField()
    wish_minor_per_hour = models.PositiveBigIntegerField(null=True)
    wish_currency = models.CharField(max_length=3, blank=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = ExpertQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(weekly_capacity_minutes__lte=7 * 24 * 60),
                name="expert_capacity_fits_a_week",
            ),
            models.CheckConstraint(
                condition=Q(wish_minor_per_hour__isnull=True, wish_currency="")
                | (Q(wish_minor_per_hour__gt=0) & ~Q(wish_currency="")),
                name="expert_wish_has_a_currency",
            ),
        ]

    def __str__(self) -> str:
        return self.preferred_name


class ExpertLanguage(models.Model):
    """A row is one language in one modality, as claimed and (where it was) as assessed."""

    class Modality(models.TextChoices):
        READ = "READ"
        WRITE = "WRITE"
        LISTEN = "LISTEN"
        SPEAK = "SPEAK"

    class Level(models.TextChoices):
        A1 = "A1"
        A2 = "A2"
        B1 = "B1"
        B2 = "B2"
        C1 = "C1"
        C2 = "C2"
        NATIVE = "NATIVE"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="languages")
    locale = models.CharField(max_length=35)
    modality = models.CharField(max_length=6, choices=Modality)
    claimed_level = models.CharField(max_length=6, choices=Level)
    assessed_level = models.CharField(max_length=6, choices=Level, blank=True)
    assessed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["expert", "locale", "modality"], name="expert_language_once")
        ]

    def __str__(self) -> str:
        return f"{self.locale} {self.modality} {self.claimed_level}"


class ExpertSkill(models.Model):
    """A row is one domain or skill, its claimed level (1 beginner to 5 authority) with evidence, and its assessed level."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="skills")
    node = models.ForeignKey(TaxonomyNode, on_delete=models.PROTECT, related_name="+")
    claimed_level = models.PositiveSmallIntegerField()
    evidence = models.TextField(blank=True)
    assessed_level = models.PositiveSmallIntegerField(null=True)
    assessed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    assessed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["expert", "node"], name="expert_skill_once"),
            models.CheckConstraint(
                condition=Q(claimed_level__range=(1, 5)),
                name="expert_skill_claimed_1_to_5",
            ),
            models.CheckConstraint(
                condition=Q(
                    assessed_level__isnull=True,
                    assessed_by__isnull=True,
                    assessed_at__isnull=True,
                )
                | Q(
                    assessed_level__range=(1, 5),
                    assessed_by__isnull=False,
                    assessed_at__isnull=False,
                ),
                name="expert_skill_assessed_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node_id} {self.claimed_level}"


class Credential(models.Model):
    """A row is one licence, degree or certificate. Verification names who and how; an expired one counts no more."""

    class State(models.TextChoices):
        CLAIMED = "CLAIMED"
        VERIFIED = "VERIFIED"
        REFUSED = "REFUSED"

    TRANSITIONS: ClassVar = {
        "CLAIMED": {"VERIFIED", "REFUSED"},
        "VERIFIED": {"REFUSED"},
        "REFUSED": {"VERIFIED"},
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="credentials")
    node = models.ForeignKey(TaxonomyNode, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.CLAIMED)
    issuer = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    reference = models.CharField(max_length=100, blank=True)
    evidence = models.TextField(blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    verified_at = models.DateTimeField(null=True)
    verification_method = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["expert", "node", "issuer", "country"], name="credential_once"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="credential_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node_id} {self.country}"

    def counts(self, today: date) -> bool:
        """Say whether it is verified and valid on ``today``."""
        ended = self.valid_until is not None and self.valid_until <= today
        return self.state == self.State.VERIFIED and self.valid_from <= today and not ended


class AvailabilityWindow(models.Model):
    """A row is a weekly window in the expert's own zone: minutes of the day, half-open, Monday = 0."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="availability")
    weekday = models.PositiveSmallIntegerField()
    start_minute = models.PositiveSmallIntegerField()
    end_minute = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    weekday__lte=6,
                    end_minute__lte=1440,
                    start_minute__lt=F("end_minute"),
                ),
                name="availability_within_a_day",
            ),
            ExclusionConstraint(
                name="availability_without_overlap",
                expressions=[
                    (F("expert"), RangeOperators.EQUAL),
                    (F("weekday"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("start_minute"),
                            F("end_minute"),
                            function="int4range",
                            output_field=IntegerField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.start_minute}-{self.end_minute}"


class SearchLocale(models.Model):
    """A row gives one locale that some profile names its small integer for search tags."""

    tag = models.AutoField(primary_key=True)
    locale = models.CharField(max_length=35, unique=True)

    def __str__(self) -> str:
        return self.locale


class ExpertSearch(models.Model):
    """A row is what search reads of one active expert, rewritten in the transaction of each profile change.

    ``tags`` holds one integer for every level up to the expert's own of every domain (and the domains above it), skill,
    language and valid credential, so that "at least level 3" is one containment term. ``experts.rules`` says how an integer is made.
    """

    expert = models.OneToOneField(Expert, on_delete=models.CASCADE, primary_key=True, related_name="search")
    tags = ArrayField(models.IntegerField())
    residence_country = models.CharField(max_length=2)
    timezone = models.CharField(max_length=64)
    weekly_capacity_minutes = models.PositiveIntegerField()
    wish_minor_per_hour = models.PositiveBigIntegerField(null=True)
    wish_currency = models.CharField(max_length=3, blank=True)
    words = models.TextField(blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            GinIndex(fields=["tags"], name="expert_search_tags"),
            GinIndex(fields=["words"], name="expert_search_words", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["residence_country", "expert"], name="expert_search_country"),
        ]

    def __str__(self) -> str:
        return str(self.expert_id)
