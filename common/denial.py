"""Default deny, apart from ``common.api`` since the framework imports it while it builds its own base view."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class DenyAll(BasePermission):
    """Nobody: the default of a view that names no permission."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False
