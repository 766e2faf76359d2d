"""The catalogue in the operators' admin: its files change it."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from marketplace.taxonomy.models import TaxonomyNode


@admin.register(TaxonomyNode)
class TaxonomyNodeAdmin(ReadOnlyAdmin):
    """Domains, skills and credentials."""

    list_display: ClassVar = ["kind", "code", "name", "tag", "is_active"]
    list_filter: ClassVar = ["kind", "is_active"]
    search_fields: ClassVar = ["code", "name"]
    ordering: ClassVar = ["kind", "code", "id"]
