"""Scopes as rows."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common.identifiers import uuid7
from quality.scopes.rules import ScopeCodes


class Scope(models.Model):
    """A row is one domain x locale x kind of task; an empty code means any.

    ``parent`` is the next wider scope (``rules.parent_of``); only the widest has none.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    domain = models.CharField(max_length=120, blank=True)
    locale = models.CharField(max_length=35, blank=True)
    task_kind = models.CharField(max_length=60, blank=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["domain", "locale", "task_kind"], name="scope_once"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True, domain="", locale="", task_kind="")
                | (Q(parent__isnull=False) & ~Q(domain="", locale="", task_kind="")),
                name="scope_widest_alone_has_no_parent",
            ),
        ]

    def __str__(self) -> str:
        return str(self.codes)

    @property
    def codes(self) -> ScopeCodes:
        """The three codes as a value."""
        return ScopeCodes(self.domain, self.locale, self.task_kind)
