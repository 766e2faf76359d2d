"""Optimistic locking over HTTP: ``ETag`` out, ``If-Match`` in."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from common.errors import StaleVersion, VersionRequired

#: Tells in the document that an operation calls ``require_version``.
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True, description="The version read.")


def etag_of(version: int) -> str:
    """Return the strong entity tag of an integer version."""
    return f'"{version}"'


def require_version(request: Request, current: int) -> None:
    """Return only if ``If-Match`` names ``current``. Call it with the row locked.

    Raises:
        VersionRequired: no ``If-Match`` was sent (428).
        StaleVersion: it names another version (412).
    """
    wanted = request.headers.get("If-Match")
    if not wanted:
        raise VersionRequired
    if wanted.strip() not in ("*", etag_of(current)):
        raise StaleVersion(f"The current version is {current}; you sent {wanted[:40]}.")
