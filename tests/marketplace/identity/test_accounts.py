"""Log-in by API, tokens, platform roles, closed accounts, and the operators' pages and admin."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client
from knox.models import AuthToken
from rest_framework.test import APIClient

from common import clock
from common.errors import InvalidInput, NotPermitted
from common.models import AuditEvent, IdempotencyKey
from common.permissions import has_grant
from marketplace.identity.commands import (
    NewPerson,
    create_organization,
    disable_user,
    enable_user,
    grant_platform_role,
    register_user,
    register_users,
    revoke_platform_role,
)
from marketplace.identity.errors import EmailTaken, NoGrantToOneself
from marketplace.identity.models import PlatformGrant, User
from tests.marketplace.clients import client_of, key_client, platform_person
from tests.marketplace.people import NOW, PASSWORD, make_expert, make_user

pytestmark = pytest.mark.django_db

TOKENS = "/api/v1/auth/tokens/"
ROLES = "/api/v1/platform-roles/"
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def ada() -> User:
    return make_user("Ada")


@pytest.fixture
def pia() -> User:
    return platform_person("Pia", "OPERATOR")


@pytest.fixture
def attempts_count(settings: Any) -> None:
    """Count failed log-ins, as outside tests."""
    settings.AXES_ENABLED = True
    settings.AXES_FAILURE_LIMIT = 3


def log_in(email: str = "ada@example.org", password: str = PASSWORD, **more: str) -> Any:
    return APIClient().post(TOKENS, {"email": email, "password": password, **more})


def test_password_and_address_open_the_api(ada: User) -> None:
    answer = log_in("ADA@example.org")

    client = key_client(answer.json()["token"], "Token")
    assert answer.status_code == 201
    assert client.get("/api/v1/me/").json()["email"] == "ada@example.org"
    assert [row["token_key"] for row in client.get(TOKENS).json()] == [answer.json()["token_key"]]
    assert "token" not in client.get(TOKENS).json()[0]


@pytest.mark.parametrize(("email", "password"), [("ada@example.org", "wrong"), ("nobody@example.org", PASSWORD)])
def test_a_wrong_password_and_an_unknown_address_read_alike(ada: User, email: str, password: str) -> None:
    answer = log_in(email, password)

    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")
    assert not AuthToken.objects.exists()


def test_a_closed_account_does_not_log_in(ada: User) -> None:
    User.objects.filter(id=ada.id).update(is_active=False)

    assert log_in().json()["code"] == "wrong_credentials"


def test_nobody_reads_the_list_of_tokens_without_logging_in(ada: User) -> None:
    assert [APIClient().get(TOKENS).status_code, APIClient().delete(TOKENS).status_code] == [401, 401]


def test_who_has_a_second_factor_sends_its_code(ada: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))

    without = log_in()
    wrong = log_in(code="000000" if code != "000000" else "000001")
    right = log_in(code=code)
    again = log_in(code=code)

    assert [answer.json().get("code") for answer in (without, wrong, again)] == [
        "second_factor_required",
        "wrong_credentials",
        "wrong_credentials",
    ]
    assert right.status_code == 201


def test_after_three_wrong_passwords_the_right_one_waits_too(ada: User, attempts_count: None) -> None:
    wrong = [log_in(password="wrong") for _ in range(3)]

    right = log_in()

    assert [answer.status_code for answer in (*wrong, right)] == [401, 401, 429, 429]
    assert [answer.json()["code"] for answer in (wrong[2], right)] == ["too_many_attempts"] * 2
    assert right["Content-Type"] == "application/problem+json"
    assert not AuthToken.objects.exists()


def test_in_the_browser_too_many_attempts_are_told_on_a_page(ada: User, attempts_count: None) -> None:
    tries = {"login": "ada@example.org", "password": "wrong"}

    answers = [Client().post("/accounts/login/", tries) for _ in range(4)]
    right = Client().post("/accounts/login/", {**tries, "password": PASSWORD})

    assert [answer.status_code for answer in answers][-1] == 429
    assert "this account waits a quarter of an hour" in right.content.decode()
    assert right.status_code == 429


def test_guesses_at_one_account_lock_no_other(ada: User, attempts_count: None) -> None:
    make_user("Bola")
    for _ in range(3):
        log_in(password="wrong")

    assert log_in("bola@example.org").status_code == 201


def test_wrong_codes_count_as_attempts(ada: User, attempts_count: None) -> None:
    TOTP.activate(ada, generate_totp_secret())

    statuses = [log_in(code="12345x").status_code for _ in range(4)]

    assert statuses[-1] == 429


def test_a_token_is_never_stored_for_replays(ada: User) -> None:
    same = {"Idempotency-Key": "one"}
    body = {"email": "ada@example.org", "password": PASSWORD}

    first, second = (APIClient().post(TOKENS, body, headers=same) for _ in range(2))

    assert first.json()["token"] != second.json()["token"]
    assert not IdempotencyKey.objects.exists()


def test_one_token_ends_alone_and_all_end_together(ada: User) -> None:
    first, second, third = (log_in().json() for _ in range(3))
    client = key_client(third["token"], "Token")

    client.delete(f"{TOKENS}{first['token_key']}/")
    alone = [key_client(each["token"], "Token").get("/api/v1/me/").status_code for each in (first, second, third)]
    client.delete(TOKENS)
    together = [key_client(each["token"], "Token").get("/api/v1/me/").status_code for each in (second, third)]

    assert (alone, together) == ([401, 200, 200], [401, 401])


def test_another_persons_token_is_not_found(ada: User) -> None:
    theirs = log_in().json()["token_key"]

    answer = client_of(make_user("Bola")).delete(f"{TOKENS}{theirs}/")

    assert (answer.status_code, AuthToken.objects.count()) == (404, 1)


def test_me_tells_ones_roles_and_keeps_what_is_left_out(catalogue: None) -> None:
    bola = make_expert("Bola Eze").user
    create_organization(name="Lotus", slug="lotus", country="BR", timezone="UTC", owner=bola, now=NOW)

    answer = client_of(bola).patch("/api/v1/me/", {"timezone": "Africa/Lagos"})

    body = answer.json()
    assert [role["role"] for role in body["roles"]] == ["EXPERT", "OWNER"]
    assert (body["timezone"], body["full_name"], body["has_second_factor"]) == ("Africa/Lagos", "Bola Eze", False)


@pytest.mark.parametrize(
    "change", [{"email": "x@y.org"}, {"is_staff": True}, {"timezone": "EST"}, {"full_name": "\u200b"}, {"locale": "x"}]
)
def test_what_is_not_ones_to_change_is_refused(ada: User, change: dict[str, Any]) -> None:
    answer = client_of(ada).patch("/api/v1/me/", change)

    ada.refresh_from_db()
    assert answer.status_code == 400
    assert (ada.email, ada.is_staff, ada.timezone, ada.full_name) == ("ada@example.org", False, "UTC", "Ada")


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "nonsense"), ("full_name", "\x07"), ("timezone", "Nowhere"), ("locale", "!"), ("password", "short")],
)
def test_a_bad_registration_names_its_field(field: str, value: str) -> None:
    good = {"email": "ada@example.org", "password": PASSWORD, "full_name": "Ada"}

    with pytest.raises(InvalidInput) as refused:
        register_user(**{**good, field: value}, now=NOW)

    assert {problem.pointer for problem in refused.value.problems} == {f"/{field}"}
    assert not User.objects.exists()


def test_an_address_registers_once_whatever_its_case(ada: User) -> None:
    with pytest.raises(EmailTaken):
        register_user(email="Ada@Example.ORG", password=PASSWORD, full_name="Ada", now=NOW)

    assert User.objects.count() == 1


def test_many_people_register_in_few_statements(django_assert_max_num_queries: Any) -> None:
    people = [NewPerson(email=f"person{n}@example.org", full_name=f"Person {n}") for n in range(300)]

    with django_assert_max_num_queries(8):
        rows = register_users(people=people, by=None, now=NOW)

    assert (len(rows), User.objects.count(), rows[0].date_joined) == (300, 300, NOW)
    assert not rows[0].has_usable_password()
    assert AuditEvent.objects.filter(action="user.registered").count() == 300


def test_one_bad_person_of_many_registers_nobody() -> None:
    people = [NewPerson(email="a@example.org", full_name="A"), NewPerson(email="b", full_name="\u202e")]

    with pytest.raises(InvalidInput) as refused:
        register_users(people=people, by=None, now=NOW)

    assert {problem.pointer for problem in refused.value.problems} == {"/1/email", "/1/full_name"}
    assert not User.objects.exists()


def test_an_operator_gives_a_role_to_another_and_not_to_themselves(pia: User, ada: User) -> None:
    client = client_of(pia)

    given = client.post(ROLES, {"email": ada.email, "role": "AUDITOR"})
    twice = client.post(ROLES, {"email": ada.email, "role": "AUDITOR"})
    own = client.post(ROLES, {"email": pia.email, "role": "FINANCE_APPROVER"})

    assert [answer.status_code for answer in (given, twice, own)] == [201, 409, 403]
    assert own.json()["code"] == "four_eyes"
    assert set(PlatformGrant.objects.values_list("user__email", "role")) == {
        (pia.email, "OPERATOR"),
        (ada.email, "AUDITOR"),
    }


@pytest.mark.parametrize("role", ["FINANCE_PREPARER", "FINANCE_APPROVER", "AUDITOR"])
def test_no_other_role_gives_roles(role: str, ada: User) -> None:
    answer = client_of(platform_person("Finn", role)).post(ROLES, {"email": ada.email, "role": "OPERATOR"})

    assert (answer.status_code, PlatformGrant.objects.filter(user=ada).count()) == (403, 0)


def test_an_approvers_role_counts_after_24_hours(pia: User, ada: User) -> None:
    with clock.at(NOW):
        grant_platform_role(user_id=ada.id, role="FINANCE_APPROVER", by=pia, now=NOW)

    held = []
    for hours in (0, 23.999, 24):
        with clock.at(NOW + timedelta(hours=hours)):
            held.append(has_grant(ada, "finance.approve"))

    assert held == [False, False, True]


def test_a_superuser_holds_no_grant_by_that() -> None:
    root = User.objects.create_superuser("root@example.org", PASSWORD)

    held = [has_grant(root, code) for code in ("finance.approve", "finance.prepare", "roles.grant", "operate")]

    assert held == [False] * 4
    with pytest.raises(NotPermitted):
        grant_platform_role(user_id=root.id, role="OPERATOR", by=root, now=NOW)


def test_a_role_taken_back_counts_no_more_and_leaves_the_admin(pia: User) -> None:
    ada = make_user("Ada")
    grant = grant_platform_role(user_id=ada.id, role="OPERATOR", by=pia, now=NOW)
    ada.refresh_from_db()
    entered = ada.is_staff

    revoke_platform_role(grant_id=grant.id, by=pia, now=NOW)

    ada.refresh_from_db()
    assert (entered, ada.is_staff, has_grant(ada, "operate")) == (True, False, False)


def test_the_database_too_refuses_a_grant_to_oneself(ada: User) -> None:
    with pytest.raises(Exception, match="platform_grant_not_to_oneself"):
        PlatformGrant.objects.create(user=ada, role="OPERATOR", granted_by=ada, granted_at=NOW)


def test_closing_an_account_ends_sessions_and_tokens_for_good(pia: User, ada: User) -> None:
    token = log_in().json()["token"]
    browser = Client()
    browser.force_login(ada, backend=MODEL_BACKEND)
    before = browser.get("/account/").status_code

    disable_user(user_id=ada.id, reason_text="Sold the account.", by=pia, now=NOW)
    closed = browser.get("/account/").status_code
    enable_user(user_id=ada.id, by=pia, now=NOW)

    assert (before, closed) == (200, 302)
    assert browser.get("/account/").status_code == 302
    assert key_client(token, "Token").get("/api/v1/me/").status_code == 401
    assert log_in().status_code == 201
    assert AuditEvent.objects.get(action="user.disabled").reason_text == "Sold the account."


def test_nobody_closes_their_own_account_or_without_a_reason(pia: User, ada: User) -> None:
    with pytest.raises(NotPermitted):
        disable_user(user_id=pia.id, reason_text="Tired.", by=pia, now=NOW)
    with pytest.raises(InvalidInput):
        disable_user(user_id=ada.id, reason_text="  ", by=pia, now=NOW)
    with pytest.raises(NotPermitted):
        disable_user(user_id=pia.id, reason_text="Revenge.", by=ada, now=NOW)

    assert User.objects.filter(is_active=False).count() == 0


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=MODEL_BACKEND)
    return client


def test_an_operator_finds_people_and_keeps_their_accounts(pia: User, ada: User) -> None:
    browser, url = browser_of(pia), f"/people/{ada.id}/"

    found = browser.get("/people/", {"text": "ADA@"}).content.decode()
    wordless = browser.post(f"{url}close/", {"reason_text": ""})
    browser.post(f"{url}close/", {"reason_text": "Sold."})
    closed = User.objects.get(id=ada.id).is_active
    browser.post(f"{url}open/")
    browser.post(f"{url}roles/", {"role": "AUDITOR"})
    page = browser.get(url).content.decode()
    browser.post(f"{url}roles/{PlatformGrant.objects.get(user=ada).id}/revoke/")

    assert url in found
    assert f"/people/{pia.id}/" not in found
    assert (wordless.status_code, closed, User.objects.get(id=ada.id).is_active) == (422, False, True)
    assert "Auditor" in page
    assert PlatformGrant.objects.filter(user=ada, revoked_at=None).count() == 0


def test_an_operators_own_page_offers_no_role_and_the_post_is_refused(pia: User) -> None:
    browser, url = browser_of(pia), f"/people/{pia.id}/"

    page = browser.get(url).content.decode()
    answer = browser.post(f"{url}roles/", {"role": "FINANCE_APPROVER"})

    assert "another operator must do it" in page
    assert f'{url}roles/"' not in page
    assert (answer.status_code, PlatformGrant.objects.filter(user=pia).count()) == (403, 1)


@pytest.mark.parametrize("path", ["/people/", "/people/01890000-0000-7000-8000-000000000000/"])
def test_people_are_for_operators(ada: User, path: str) -> None:
    assert browser_of(ada).get(path).status_code == 403


@pytest.mark.parametrize(
    "model", ["user", "organization", "membership", "platformgrant", "apikey", "taxonomynode", "expert", "credential"]
)
def test_operators_read_the_admin_and_write_nothing_there(pia: User, ada: User, model: str, catalogue: None) -> None:
    User.objects.filter(id=pia.id).update(is_staff=True)
    browser = browser_of(pia)
    url = f"/admin/marketplace/{model}/"

    answers = [browser.get(url).status_code, browser.get(f"{url}add/").status_code]
    other = browser_of(ada).get(url)

    assert answers == [200, 403]
    assert other.status_code == 302


def test_the_admin_shows_no_digest_and_records_who_read_a_profile(pia: User, catalogue: None) -> None:
    User.objects.filter(id=pia.id).update(is_staff=True)
    bola = make_expert("Bola Eze")
    browser = browser_of(pia)

    user = browser.get(f"/admin/marketplace/user/{bola.user_id}/change/").content.decode()
    profile = browser.get(f"/admin/marketplace/expert/{bola.id}/change/")
    change = browser.post(f"/admin/marketplace/expert/{bola.id}/change/", {"state": "CLOSED"})

    bola.refresh_from_db()
    assert bola.user.password not in user
    assert (profile.status_code, change.status_code, bola.state) == (200, 403, "ACTIVE")
    assert AuditEvent.objects.get(action="expert.read").actor_id == pia.id


def test_a_self_grant_is_refused_by_the_command(pia: User) -> None:
    with pytest.raises(NoGrantToOneself):
        grant_platform_role(user_id=pia.id, role="AUDITOR", by=pia, now=NOW)
