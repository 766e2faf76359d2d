"""Which addresses are pages: read from the URL resolver, so that no page can be left out by forgetting it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

NO_PAGES = ("admin/", "api/", "healthz", "readyz", "webhooks/", "static/", "metrics")
"""What stands under these is not for people with a browser, or (admin) is not ours to style."""


@dataclass(frozen=True, slots=True)
class Route:
    """One address: its name with namespaces, its route, its arguments' names, and what the view says of itself."""

    name: str
    route: str
    arguments: tuple[str, ...]
    grants: tuple[str, ...]
    methods: tuple[str, ...]


def list_routes() -> list[Route]:
    """Return every address for people, by name."""
    return sorted(_walk(get_resolver().url_patterns, "", ""), key=lambda route: (route.name, route.route))


def _walk(patterns: list[Any], prefix: str, namespace: str) -> Iterator[Route]:
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if route.startswith(NO_PAGES):
            continue
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, route, inner)
        elif isinstance(entry, URLPattern):
            yield _route(entry, route, namespace)


def _route(entry: URLPattern, route: str, namespace: str) -> Route:
    view = entry.callback
    return Route(
        name=f"{namespace}{entry.name}" if entry.name else "",
        route=route,
        arguments=tuple(entry.pattern.converters) or tuple(entry.pattern.regex.groupindex),
        grants=tuple(getattr(view, "page_grants", ())),
        methods=tuple(getattr(view, "page_methods", ("GET",))),
    )
