"""What anybody can reach without logging in: only what is named here."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

#: Addresses that answer everybody, by name; each is meant to.
OPEN = {
    "portal:start",  # the front page, and the way to one's own for whoever is logged in
    "healthz",
    "readyz",
    "api-schema",
    "api-docs",
    "styleguide",  # answers 404 to whoever may not see it
    "auth-tokens",  # the log-in of programs: whoever asks proves themselves in the request
    "stripe-webhook",  # proves itself by its signature
    "admin:login",
    "admin:logout",
    "admin:jsi18n",
    "account_login",
    "account_signup",
    "account_logout",
    "account_inactive",
    "account_confirm_email",
    "account_email_verification_sent",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_reauthenticate",
    "account_confirm_login_code",
    "account_request_login_code",
    "mfa_authenticate",
    "mfa_login_webauthn",
}
SAMPLES = {
    "int": "1",
    "uuid": "01890000-0000-7000-8000-000000000000",
    "slug": "ada",
    "str": "ada",
    "path": "ada",
}


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, names: str) -> Iterator[tuple[str, str]]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            space = f"{names}{entry.namespace}:" if entry.namespace else names
            yield from _walk(entry.url_patterns, prefix + _sample(entry), space)
        else:
            yield f"{names}{entry.name}", prefix + _sample(entry)


def _sample(entry: URLPattern | URLResolver) -> str:
    route = str(entry.pattern)
    if isinstance(entry.pattern, RoutePattern):
        return re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found[1] or "str", "ada"), route)
    return re.sub(r"\(\?P<\w+>[^)]*\)", "ada", route).strip("^$").replace("\\Z", "")


def addresses() -> list[tuple[str, str]]:
    """Return (name, path) of every address of the project, with a sample for each argument."""
    return [(name, f"/{path}") for name, path in _walk(get_resolver().url_patterns, "", "")]


def _is_refused(client: Client, method: str, path: str) -> bool:
    response = client.generic(method, path)
    if response.status_code in {401, 403}:
        return True
    return response.status_code == 302 and "login" in response["Location"]


@pytest.mark.django_db
def test_every_address_that_is_not_named_open_refuses_the_anonymous(client: Client) -> None:
    closed = [(name, path) for name, path in addresses() if name not in OPEN]

    reached = []
    for name, path in closed:
        answers = {method: client.generic(method, path).status_code for method in ("GET", "POST")}
        refused = [_is_refused(client, method, path) for method, status in answers.items() if status != 405]
        if not refused or not all(refused):
            reached.append((name, path, answers))

    assert len(closed) > 20
    assert reached == []


@pytest.mark.django_db
def test_the_log_in_page_answers_everybody(client: Client) -> None:
    assert client.get(resolve_url(settings.LOGIN_URL)).status_code == 200
