"""Who may do what. The kernel asks; the app that knows people and organizations answers through registered providers.

A *grant* is a code such as ``projects.edit``. Superusers hold no grant they were not given: money asks here, never
``has_perm``. Default deny: without a provider nobody may do anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from common.errors import NotPermitted

type GrantProvider = Callable[[Any, str, UUID | None], bool]
type WorkersProvider = Callable[[Any], QuerySet[Any]]
type TenantsProvider = Callable[[Any, str], Collection[UUID]]

_grant_providers: list[GrantProvider] = []
_worker_providers: list[WorkersProvider] = []
_tenant_providers: list[TenantsProvider] = []

#: What providers have read since ``reading_once`` began; None outside of it, where each question is a read.
_already_read: ContextVar[dict[Hashable, Any] | None] = ContextVar("already_read", default=None)


def register_grants(provider: GrantProvider) -> None:
    """Let ``provider(user, code, tenant)`` answer who holds a grant, in one tenant or (None) in any."""
    _grant_providers.append(provider)


def register_workers(provider: WorkersProvider) -> None:
    """Let ``provider(user)`` answer whose work a user may see, as a queryset of user ids."""
    _worker_providers.append(provider)


def register_tenants(provider: TenantsProvider) -> None:
    """Let ``provider(user, code)`` answer in which tenants a user holds a grant by being a member there."""
    _tenant_providers.append(provider)


def has_grant(user: Any, code: str, tenant: UUID | None = None) -> bool:
    """Say whether ``user`` holds ``code`` now, within ``tenant`` (an organization id) if one is named."""
    if user is None or not user.is_authenticated or not user.is_active:
        return False
    return any(provider(user, code, tenant) for provider in _grant_providers)


def require_grant(user: Any, code: str, tenant: UUID | None = None) -> None:
    """Return only if ``user`` holds ``code``.

    Raises:
        NotPermitted: otherwise.
    """
    if not has_grant(user, code, tenant):
        raise NotPermitted(f"This needs the permission {code}.")


def tenants_with(user: Any, code: str) -> frozenset[UUID]:
    """Return the tenants (organization ids) in which ``user`` holds ``code`` as a member, for use in ``..._id__in=``."""
    if user is None or not user.is_authenticated or not user.is_active:
        return frozenset()
    return frozenset(tenant for provider in _tenant_providers for tenant in provider(user, code))


def visible_workers(user: Any) -> QuerySet[Any] | list[UUID]:
    """Return the ids of the workers whose figures ``user`` may read, for use in ``worker_id__in=``."""
    for provider in _worker_providers:
        return provider(user)
    return []


@contextmanager
def reading_once() -> Iterator[None]:
    """Let providers read what somebody holds once until the block ends.

    Only for one request that changes nothing: a role that ends meanwhile counts no more from the next request on.
    """
    token = _already_read.set({})
    try:
        yield
    finally:
        _already_read.reset(token)


def read_once[T](key: Hashable, read: Callable[[], T]) -> T:
    """Return ``read()``, or within ``reading_once`` what it gave for ``key`` before."""
    known = _already_read.get()
    if known is None:
        return read()
    if key not in known:
        known[key] = read()
    value: T = known[key]
    return value
