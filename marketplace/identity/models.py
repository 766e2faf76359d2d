"""People who log in, the client organizations they belong to, and what they were granted."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from common import clock
from common.identifiers import uuid7
from marketplace.identity.rules import roles_with

_ERASED_STAYS_ERASED = """
    IF OLD.email = 'erased-' || OLD.id || '@erased.invalid' AND NOT OLD.is_active
       AND (TG_OP = 'DELETE' OR NEW.is_active OR (NEW.email, NEW.full_name) IS DISTINCT FROM (OLD.email, OLD.full_name))
    THEN
        RAISE EXCEPTION 'who was erased is nobody again: % refused', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'erased_stays_erased';
    END IF;
    RETURN coalesce(NEW, OLD);
"""


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a user with a hashed password, or an unusable one for None."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a user for the operators' admin. It holds no grant over money by that."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Find by e-mail address, whatever its case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A row is somebody who can act: a person who logs in, or the service behind an organization's API key.

    Its id is the ``worker_id`` of quality and payouts and stays when the personal data are erased. Sessions hold for one
    ``session_epoch``: counting it up logs the person out everywhere.
    """

    class Kind(models.TextChoices):
        PERSON = "PERSON"
        SERVICE = "SERVICE"

    class Theme(models.TextChoices):
        SYSTEM = "SYSTEM"
        LIGHT = "LIGHT"
        DARK = "DARK"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    full_name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PERSON)
    timezone = models.CharField(max_length=64, default="UTC")
    locale = models.CharField(max_length=35, default="en")
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=clock.now)
    session_epoch = models.PositiveIntegerField(default=0)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="user_email_unique_whatever_case")]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="erased_stays_erased",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_ERASED_STAYS_ERASED,
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Tie sessions to the epoch as well as to the password: both of Django's public hashes go through here."""
        own = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]  # private, and the only hook there is
        value = f"{own}:{self.session_epoch}"
        return salted_hmac("muster.session_epoch", value, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        """Return the name to show, or the e-mail address where none was given."""
        return self.full_name or self.email

    def get_short_name(self) -> str:
        """Return the first word of the name."""
        return self.get_full_name().split()[0]


class OrganizationQuerySet(models.QuerySet["Organization"]):
    """Organizations in somebody's scope."""

    def visible_to(self, user: Any) -> OrganizationQuerySet:
        """Return one's own organizations; all of them to platform roles that read organizations."""
        readers = roles_with("organizations.read")
        if PlatformGrant.objects.filter(user_id=user.pk, role__in=readers, revoked_at__isnull=True).exists():
            return self.all()
        own = Membership.objects.filter(user_id=user.pk, role__in=readers, ended_at__isnull=True)
        return self.filter(id__in=own.values("organization_id"))


class Organization(models.Model):
    """A row is a client: the tenant that owns projects, work and keys."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=60, unique=True)
    country = models.CharField(max_length=2)
    timezone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = OrganizationQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A row is one role of one user in one organization, from ``granted_at`` until ``ended_at`` (null = now)."""

    class Role(models.TextChoices):
        OWNER = "OWNER"
        PROJECT_MANAGER = "PROJECT_MANAGER"
        REVIEWER = "REVIEWER"
        SERVICE = "SERVICE", "API key"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "user", "role"],
                condition=Q(ended_at__isnull=True),
                name="membership_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("granted_at")),
                name="membership_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.organization_id}"


class PlatformGrant(models.Model):
    """A row is one platform role of one user. Nobody grants one to themselves; the bootstrap command grants with null.

    An approver's grant counts only 24 hours after it was given (reliability: a new checker cannot approve at once).
    """

    class Role(models.TextChoices):
        FINANCE_PREPARER = "FINANCE_PREPARER"
        FINANCE_APPROVER = "FINANCE_APPROVER"
        OPERATOR = "OPERATOR"
        AUDITOR = "AUDITOR"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="platform_grants")
    role = models.CharField(max_length=20, choices=Role)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=Q(revoked_at__isnull=True),
                name="platform_grant_once",
            ),
            models.CheckConstraint(
                condition=Q(granted_by__isnull=True) | ~Q(granted_by=F("user")),
                name="platform_grant_not_to_oneself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.user_id}"


class ApiKey(models.Model):
    """A row is one key of an organization: only its prefix and the sha256 of its secret are stored.

    It acts as its own service user, with the intersection of ``scopes`` and that user's grants.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="api_keys")
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="api_key")
    name = models.CharField(max_length=200)
    prefix = models.CharField(max_length=16, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=60))
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")),
                name="api_key_expires_after_creation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"
