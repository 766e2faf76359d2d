"""The way in and one's own account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from knox.models import AuthToken

from common.models import AuditEvent
from marketplace.identity.models import User

pytestmark = pytest.mark.django_db

GOOD = {"full_name": "Núria Pérez", "timezone": "America/La_Paz", "locale": "es-bo", "theme": "DARK"}


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.com", "a long enough password", full_name="Ada Example")


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return log_in


def test_a_visitor_sees_what_muster_is_and_two_ways_in() -> None:
    answer = Client().get("/")

    assert answer.status_code == 200
    assert b'href="/accounts/signup/"' in answer.content
    assert b'href="/accounts/login/"' in answer.content


@pytest.mark.parametrize("path", ["/account/", "/welcome/"])
def test_a_visitor_is_sent_to_the_log_in_and_back(path: str) -> None:
    assert Client().get(path)["Location"] == f"/accounts/login/?next={path}"


def test_a_person_without_a_role_is_asked_what_brings_them(ada: User, client_of: Any) -> None:
    assert client_of(ada).get("/")["Location"] == "/welcome/"


def test_settings_are_saved_and_hold_on_the_next_page(ada: User, client_of: Any) -> None:
    client = client_of(ada)

    answer = client.post("/account/", GOOD, follow=True)

    ada.refresh_from_db()
    assert (ada.full_name, ada.timezone, ada.locale, ada.theme) == ("Núria Pérez", "America/La_Paz", "es-BO", "DARK")
    assert "Times are shown in La Paz (UTC−4)." in answer.content.decode()
    assert 'data-own-theme="dark"' in answer.content.decode()
    assert AuditEvent.objects.filter(action="account.changed", actor_id=ada.pk).count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", "Ada\u202e"),
        ("full_name", "a\x00b"),
        ("timezone", "Mars/Olympus"),
        ("locale", "xx-nowhere"),
        ("theme", "PINK"),
        ("is_staff", "on"),
    ],
)
def test_bad_settings_are_refused_and_nothing_changes(ada: User, client_of: Any, field: str, value: str) -> None:
    answer = client_of(ada).post("/account/", {**GOOD, field: value})

    ada.refresh_from_db()
    assert answer.status_code == 422
    assert b"data-error-summary" in answer.content
    assert (ada.full_name, ada.timezone, ada.is_staff) == ("Ada Example", "UTC", False)
    assert AuditEvent.objects.count() == 0


def test_a_token_is_shown_once_and_opens_nothing_after_its_end(ada: User, client_of: Any) -> None:
    client = client_of(ada)

    first = client.post("/account/tokens/", follow=True).content.decode()
    token = AuthToken.objects.get(user=ada)
    second = client.get("/account/").content.decode()
    client.post(f"/account/tokens/{token.token_key}/revoke/")

    assert first.count("Copy it now") == 1
    assert "Copy it now" not in second
    assert not AuthToken.objects.exists()


def test_another_persons_token_is_not_found_and_stays(ada: User, client_of: Any) -> None:
    bola = User.objects.create_user("bola@example.com", "a long enough password")
    token, _ = AuthToken.objects.create(user=bola)

    answer = client_of(ada).post(f"/account/tokens/{token.token_key}/revoke/")

    assert answer.status_code == 404
    assert "You have no such token." in answer.content.decode()
    assert AuthToken.objects.filter(user=bola).count() == 1


@pytest.mark.parametrize("path", ["/account/tokens/", "/account/tokens/abcdefgh/revoke/"])
def test_tokens_change_by_post_alone(ada: User, client_of: Any, path: str) -> None:
    assert client_of(ada).get(path).status_code == 405


def test_a_refusal_for_htmx_is_a_problem_with_its_words(ada: User, client_of: Any) -> None:
    answer = client_of(ada).post("/account/tokens/abcdefgh/revoke/", headers={"HX-Request": "true"})

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["detail"] == "You have no such token."


def test_a_page_that_is_not_there_says_so_with_the_request_number() -> None:
    answer = Client().get("/no/such/page/")

    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()
    assert answer["X-Request-Id"] in answer.content.decode()


def test_pages_allow_no_script_but_their_own() -> None:
    policy = Client().get("/")["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_a_form_without_its_token_is_refused_with_a_way_out(ada: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")

    answer = client.post("/account/", GOOD)

    ada.refresh_from_db()
    assert answer.status_code == 403
    assert "Load the page again" in answer.content.decode()
    assert ada.full_name == "Ada Example"
