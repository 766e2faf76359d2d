"""One tree of what people can do."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.identifiers import uuid7


class TaxonomyNode(models.Model):
    """A row is a domain, a skill or a kind of credential. ``code`` is the path (``law/tax``) and never changes.

    ``tag`` is the small integer that search rows carry. A domain's parent is the domain above it; skills and credentials may
    hang below a domain. An inactive node stays on profiles but can no longer be chosen.
    """

    class Kind(models.TextChoices):
        DOMAIN = "DOMAIN"
        SKILL = "SKILL"
        CREDENTIAL = "CREDENTIAL"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tag = models.PositiveIntegerField(unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    code = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    aliases = ArrayField(models.CharField(max_length=120), default=list)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "code"], name="taxonomy_code_once_per_kind"),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*$"),
                name="taxonomy_code_is_a_path",
            ),
            models.CheckConstraint(condition=Q(tag__gte=1, tag__lt=100_000), name="taxonomy_tag_in_range"),
        ]

    def __str__(self) -> str:
        return self.code
