"""The base of every API view: default deny, one grant per method, idempotency keys."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db import transaction
from orjson import loads
from rest_framework import permissions, views
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api.requests import StrictJSONParser
from common.errors import IdempotencyKeyReused, InvalidInput
from common.models import IdempotencyKey
from common.permissions import has_grant

LONGEST_KEY = 255
ANY_USER = ""


class HasGrant(permissions.BasePermission):
    """Whoever holds the grant, or one of the grants, that the view names for this method.

    An API key must carry that grant as a scope too.
    """

    def has_permission(self, request: Request, view: views.APIView) -> bool:
        grants: Mapping[str, str | tuple[str, ...]] = getattr(view, "grants", {})
        named = grants.get(_verb(request))
        if named is None or not request.user.is_authenticated:
            return False
        codes = (named,) if isinstance(named, str) else named
        scopes = getattr(request.auth, "scopes", None)
        if scopes is not None:
            codes = tuple(code for code in codes if code in scopes)
        return any(code == ANY_USER or has_grant(request.user, code) for code in codes)


class APIView(views.APIView):
    """A view whose ``grants`` map each method to the grant it needs (``""`` = any logged-in person; a tuple = any of).

    A POST, PUT, PATCH or DELETE with an ``Idempotency-Key`` runs once: view and stored answer share one transaction, a
    replay gets the stored answer with ``Idempotent-Replayed: true``. A view that calls outside sets
    ``idempotent = False`` and keeps its own guard. ``requires_idempotency_key`` makes the header compulsory (money).
    """

    permission_classes = (HasGrant,)
    parser_classes = (StrictJSONParser,)
    grants: ClassVar[Mapping[str, str | tuple[str, ...]]] = {}
    idempotent: ClassVar[bool] = True
    requires_idempotency_key: ClassVar[bool] = False
    #: Top-level fields of the answer that are not stored for replays, such as a secret that is shown once.
    shown_once: ClassVar[frozenset[str]] = frozenset()

    def check_permissions(self, request: Request) -> None:
        if request.user.is_authenticated and _verb(request) not in self.grants:
            raise MethodNotAllowed(request.method or "")
        super().check_permissions(request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        key = request.headers.get("Idempotency-Key")
        if request.method in ("POST", "PUT", "PATCH", "DELETE"):
            _check_key(key, required=self.requires_idempotency_key)
            self._replay_guard(request, key)

    def _replay_guard(self, request: Request, key: str | None) -> None:
        if not key or not self.idempotent or not request.user.is_authenticated:
            return
        handler = getattr(self, (request.method or "").lower())

        def once(request: Request, *args: Any, **kwargs: Any) -> Response:
            with transaction.atomic():
                return _run_once(request, key, lambda: handler(request, *args, **kwargs), self.shown_once)

        setattr(self, (request.method or "").lower(), once)


def _verb(request: Request) -> str:
    method = (request.method or "").lower()
    return "get" if method == "head" else method


def _check_key(key: str | None, *, required: bool) -> None:
    if key is None and required:
        raise InvalidInput.of(
            "/Idempotency-Key",
            "Send an Idempotency-Key header with this request.",
            "required",
        )
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise InvalidInput.of("/Idempotency-Key", f"Use 1 to {LONGEST_KEY} printable ASCII characters.")


def _run_once(request: Request, key: str, run: Callable[[], Response], shown_once: frozenset[str]) -> Response:
    fingerprint = _fingerprint(request)
    principal = f"user:{request.user.pk}"
    IdempotencyKey.objects.bulk_create(
        [
            IdempotencyKey(
                principal=principal,
                key=key,
                request_sha256=fingerprint,
                created_at=clock.now(),
            )
        ],
        ignore_conflicts=True,
    )
    row = IdempotencyKey.objects.select_for_update().get(principal=principal, key=key)
    if row.request_sha256 != fingerprint:
        raise IdempotencyKeyReused
    if row.status is not None:
        return Response(row.body, status=row.status, headers={"Idempotent-Replayed": "true"})
    response = run()
    row.status, row.body = response.status_code, _plain(response.data, shown_once)
    row.save(update_fields=["status", "body"])
    return response


def _plain(data: Any, shown_once: frozenset[str]) -> Any:
    if data is None:
        return None
    body = loads(JSONRenderer().render(data))
    return {**body, **dict.fromkeys(shown_once & set(body))} if isinstance(body, dict) else body


def _fingerprint(request: Request) -> str:
    """Return a digest of method, path and parsed body, the same for two spellings of one JSON document."""
    body = json.dumps(request.data, sort_keys=True, default=str).encode()
    return hashlib.sha256(b"\0".join([(request.method or "").encode(), request.path.encode(), body])).hexdigest()
