"""Organizations, members and keys over HTTP, by role."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from rest_framework.test import APIClient

from common import clock
from common.models import AuditEvent, IdempotencyKey
from marketplace.identity.commands import create_api_key, disable_user
from marketplace.identity.models import ApiKey, Membership, Organization, PlatformGrant, User
from tests.marketplace.clients import client_of, key_client, platform_person
from tests.marketplace.people import NOW, add_member, make_organization, make_user

pytestmark = pytest.mark.django_db

ORGANIZATIONS = "/api/v1/organizations/"
BERLIN = {"name": "Acme Language", "slug": "acme", "country": "DE", "timezone": "Europe/Berlin"}
KEY = {"name": "Importer", "scopes": ["work.import"], "expires_at": (NOW + timedelta(days=90)).isoformat()}


@pytest.fixture(autouse=True)
def frozen() -> Any:
    with clock.at(NOW):
        yield


@pytest.fixture
def olga() -> User:
    return make_user("Olga Owner")


@pytest.fixture
def acme(olga: User) -> Organization:
    return make_organization(olga)


def test_whoever_opens_an_organization_owns_it_and_sees_it() -> None:
    ada = make_user("Ada")

    answer = client_of(ada).post(ORGANIZATIONS, BERLIN)

    assert answer.status_code == 201
    assert answer["ETag"] == '"1"'
    assert Membership.objects.get().role == "OWNER"
    assert [row["slug"] for row in client_of(ada).get(ORGANIZATIONS).json()["results"]] == ["acme"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Ac\u202eme"),
        ("name", "a\x07b"),
        ("name", "  "),
        ("name", ["Acme"]),
        ("slug", "Acme"),
        ("slug", "ac\nme"),
        ("slug", "-"),
        ("country", "de"),
        ("country", "ZZ"),
        ("timezone", "GMT+25"),
        ("timezone", "EST5EDT"),
        ("owner", "01890000-0000-7000-8000-000000000000"),
    ],
)
def test_a_bad_organization_is_refused_by_field_and_none_is_made(field: str, value: Any) -> None:
    answer = client_of(make_user("Ada")).post(ORGANIZATIONS, {**BERLIN, field: value})

    assert answer.status_code == 400
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [f"/{field}"]
    assert not Organization.objects.exists()


def test_half_a_surrogate_pair_is_no_name() -> None:
    body = json.dumps({**BERLIN, "name": "Acme \ud800"})

    answer = client_of(make_user("Ada")).generic("POST", ORGANIZATIONS, body, content_type="application/json")

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/name")
    assert not Organization.objects.exists()


def test_all_bad_fields_are_told_at_once() -> None:
    bad = {"name": "\u2066x", "slug": "ok-slug", "country": "XX", "timezone": "Mars/Olympus"}

    answer = client_of(make_user("Ada")).post(ORGANIZATIONS, bad)

    assert {problem["pointer"] for problem in answer.json()["errors"]} == {"/name", "/country", "/timezone"}


def test_a_short_name_is_taken_once(acme: Organization) -> None:
    answer = client_of(make_user("Ada")).post(ORGANIZATIONS, {**BERLIN, "slug": acme.slug})

    assert (answer.status_code, answer.json()["code"]) == (409, "slug_taken")
    assert Organization.objects.count() == 1


def test_a_name_in_arabic_is_welcome() -> None:
    answer = client_of(make_user("Ada")).post(ORGANIZATIONS, {**BERLIN, "name": "شركة الترجمة"})

    assert (answer.status_code, answer.json()["name"]) == (201, "شركة الترجمة")


@pytest.mark.parametrize(
    ("role", "read", "change", "members", "add", "keys"),
    [
        ("OWNER", 200, 200, 200, 201, 200),
        ("PROJECT_MANAGER", 200, 200, 200, 403, 200),
        ("REVIEWER", 200, 403, 200, 403, 403),
        ("FINANCE_PREPARER", 200, 403, 200, 403, 403),
        ("FINANCE_APPROVER", 200, 403, 200, 403, 403),
        ("AUDITOR", 200, 403, 200, 403, 403),
        ("OPERATOR", 200, 200, 200, 201, 200),
        ("NOBODY", 403, 403, 403, 403, 403),
        ("OWNER_ELSEWHERE", 404, 404, 404, 404, 404),
        ("ANONYMOUS", 401, 401, 401, 401, 401),
    ],
)
def test_who_may_do_what_with_an_organization(
    acme: Organization, olga: User, role: str, read: int, change: int, members: int, add: int, keys: int
) -> None:
    make_user("Eve")
    client = client_of(person_with(role, acme, olga))
    url = f"{ORGANIZATIONS}{acme.id}/"
    facts = {"name": "Acme", "country": "DE", "timezone": "Europe/Berlin"}
    member = {"email": "eve@example.org", "role": "REVIEWER"}

    answers = [
        client.get(url),
        client.put(url, facts, headers={"If-Match": '"1"'}),
        client.get(f"{url}members/"),
        client.post(f"{url}members/", member),
        client.get(f"{url}api-keys/"),
    ]

    assert [answer.status_code for answer in answers] == [read, change, members, add, keys]
    assert Membership.objects.filter(user__email="eve@example.org").exists() is (add == 201)
    acme.refresh_from_db()
    assert acme.version == (2 if change == 200 else 1)


def person_with(role: str, acme: Organization, olga: User) -> User | None:
    if role == "ANONYMOUS":
        return None
    if role == "OWNER":
        return olga
    if role in PlatformGrant.Role.values:
        return platform_person("Pia", role)
    if role == "NOBODY":
        return make_user("Nora")
    if role == "OWNER_ELSEWHERE":
        other = make_user("Omar")
        make_organization(other, "Other House")
        return other
    return add_member(acme, olga, "Mona", role)


def test_another_tenants_organization_reads_like_one_that_does_not_exist(acme: Organization) -> None:
    omar = make_user("Omar")
    make_organization(omar, "Other House")
    client = client_of(omar)

    theirs = client.get(f"{ORGANIZATIONS}{acme.id}/").json()
    nothing = client.get(f"{ORGANIZATIONS}{uuid4()}/").json()

    assert {**theirs, "request_id": "", "instance": ""} == {**nothing, "request_id": "", "instance": ""}


def test_a_change_says_which_version_it_was_made_from(acme: Organization, olga: User) -> None:
    url = f"{ORGANIZATIONS}{acme.id}/"
    facts = {"name": "Renamed", "country": "FR", "timezone": "Europe/Paris"}
    client = client_of(olga)

    without = client.put(url, facts)
    stale = client.put(url, facts, headers={"If-Match": '"7"'})
    right = client.put(url, facts, headers={"If-Match": client.get(url)["ETag"]})

    assert [answer.status_code for answer in (without, stale, right)] == [428, 412, 200]
    assert right["ETag"] == '"2"'
    assert AuditEvent.objects.filter(action="organization.changed").count() == 1


def test_nobody_changes_their_own_roles(acme: Organization, olga: User) -> None:
    answer = client_of(olga).post(
        f"{ORGANIZATIONS}{acme.id}/members/", {"email": olga.email, "role": "PROJECT_MANAGER"}
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "four_eyes")
    assert Membership.objects.count() == 1


def test_an_address_without_an_account_is_not_found(acme: Organization, olga: User) -> None:
    answer = client_of(olga).post(f"{ORGANIZATIONS}{acme.id}/members/", {"email": "no@one.org", "role": "REVIEWER"})

    assert answer.status_code == 404
    assert "sign up first" in answer.json()["detail"]


def test_an_ended_role_counts_no_more_from_the_next_request(acme: Organization, olga: User) -> None:
    mona = add_member(acme, olga, "Mona", "REVIEWER")
    membership = Membership.objects.get(user=mona)
    before = client_of(mona).get(ORGANIZATIONS).status_code

    ended = client_of(olga).delete(f"{ORGANIZATIONS}{acme.id}/members/{membership.id}/")

    assert (before, ended.status_code, client_of(mona).get(ORGANIZATIONS).status_code) == (200, 204, 403)


def test_the_last_owner_stays(acme: Organization, olga: User) -> None:
    membership = Membership.objects.get(user=olga)

    answer = client_of(olga).delete(f"{ORGANIZATIONS}{acme.id}/members/{membership.id}/")

    membership.refresh_from_db()
    assert (answer.status_code, answer.json()["code"], membership.ended_at) == (409, "last_owner", None)


def test_a_person_in_two_organizations_has_each_role_only_where_it_was_given(acme: Organization, olga: User) -> None:
    mona = add_member(acme, olga, "Mona", "REVIEWER")
    own = make_organization(mona, "Mona Media")

    answers = [client_of(mona).get(f"{ORGANIZATIONS}{each.id}/api-keys/").status_code for each in (acme, own)]

    assert answers == [403, 200]


def test_a_keys_secret_is_shown_once_and_stored_as_its_digest(acme: Organization, olga: User) -> None:
    answer = client_of(olga).post(f"{ORGANIZATIONS}{acme.id}/api-keys/", KEY)

    body, key = answer.json(), ApiKey.objects.get()
    assert answer.status_code == 201
    assert body["secret"].startswith(f"mst_{key.prefix}_")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(k)::text FROM marketplace_apikey k")
        assert body["secret"].rsplit("_", 1)[1] not in cursor.fetchone()[0]
    assert "secret" not in client_of(olga).get(f"{ORGANIZATIONS}{acme.id}/api-keys/").json()[0]


def test_a_replayed_creation_makes_no_second_key_and_tells_no_secret(acme: Organization, olga: User) -> None:
    client, url, same = client_of(olga), f"{ORGANIZATIONS}{acme.id}/api-keys/", {"Idempotency-Key": "k-1"}

    first = client.post(url, KEY, headers=same)
    again = client.post(url, KEY, headers=same)
    other = client.post(url, {**KEY, "name": "Other"}, headers=same)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert (again["Idempotent-Replayed"], again.json()["secret"]) == ("true", None)
    assert ApiKey.objects.count() == 1
    assert first.json()["secret"] not in str(IdempotencyKey.objects.get().body)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("scopes", []),
        ("scopes", ["members.manage"]),
        ("scopes", "work.import"),
        ("expires_at", "2026-12-01T00:00:00"),
        ("expires_at", (NOW - timedelta(days=1)).isoformat()),
        ("expires_at", (NOW + timedelta(days=800)).isoformat()),
        ("name", "a\u200bb"),
    ],
)
def test_a_bad_key_is_refused_by_field_and_none_is_made(acme: Organization, olga: User, field: str, value: Any) -> None:
    answer = client_of(olga).post(f"{ORGANIZATIONS}{acme.id}/api-keys/", {**KEY, field: value})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].startswith(f"/{field}")
    assert not ApiKey.objects.exists()


def make_key(acme: Organization, olga: User, *scopes: str) -> tuple[ApiKey, str]:
    return create_api_key(
        organization_id=acme.id, name="Key", scopes=scopes, expires_at=NOW + timedelta(days=30), by=olga, now=NOW
    )


def test_a_key_does_what_its_scopes_name_and_nothing_else(acme: Organization, olga: User) -> None:
    _, secret = make_key(acme, olga, "organizations.read")
    client = key_client(secret)
    other = make_organization(make_user("Omar"), "Other House")

    answers = {
        "own": client.get(f"{ORGANIZATIONS}{acme.id}/").status_code,
        "other": client.get(f"{ORGANIZATIONS}{other.id}/").status_code,
        "no scope": client.get("/api/v1/taxonomy/nodes/").status_code,
        "no person": client.post(ORGANIZATIONS, BERLIN).status_code,
        "keys": client.post(f"{ORGANIZATIONS}{acme.id}/api-keys/", KEY).status_code,
    }

    assert answers == {"own": 200, "other": 404, "no scope": 403, "no person": 403, "keys": 403}
    assert ApiKey.objects.count() == 1


def test_a_revoked_an_expired_and_an_unknown_key_open_nothing(acme: Organization, olga: User) -> None:
    key, secret = make_key(acme, olga, "organizations.read")
    _, old = make_key(acme, olga, "organizations.read")
    alive = key_client(secret).get(ORGANIZATIONS).status_code

    client_of(olga).delete(f"{ORGANIZATIONS}{acme.id}/api-keys/{key.id}/")
    revoked = key_client(secret).get(ORGANIZATIONS)
    with clock.at(NOW + timedelta(days=30)):
        expired = key_client(old).get(ORGANIZATIONS)
    unknown = key_client(f"mst_{key.prefix}_{'0' * 64}").get(ORGANIZATIONS)

    assert alive == 200
    assert [answer.status_code for answer in (revoked, expired, unknown)] == [401, 401, 401]
    assert revoked["WWW-Authenticate"]


@pytest.mark.parametrize(
    "header", ["Bearer x", "Bearer mst_a", "Bearer", "Bearer mst_ä_ö", "Token nonsense", "Basic eDp5"]
)
def test_a_malformed_credential_is_401(header: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)

    assert client.get(ORGANIZATIONS).status_code == 401


def test_last_use_is_written_once_a_minute(acme: Organization, olga: User) -> None:
    key, secret = make_key(acme, olga, "organizations.read")
    seen = []
    for seconds in (0, 30, 61):
        with clock.at(NOW + timedelta(seconds=seconds)):
            key_client(secret).get(ORGANIZATIONS)
        key.refresh_from_db()
        seen.append(key.last_used_at)

    assert seen == [NOW, NOW, NOW + timedelta(seconds=61)]


def test_during_a_rotation_both_secrets_work_and_then_the_new_one(acme: Organization, olga: User) -> None:
    key, old = make_key(acme, olga, "organizations.read")

    rotated = client_of(olga).post(f"{ORGANIZATIONS}{acme.id}/api-keys/{key.id}/rotate/", {"overlap_hours": 24})
    new = rotated.json()["secret"]
    during = [key_client(secret).get(ORGANIZATIONS).status_code for secret in (old, new)]
    with clock.at(NOW + timedelta(hours=24)):
        after = [key_client(secret).get(ORGANIZATIONS).status_code for secret in (old, new)]

    assert rotated.status_code == 201
    assert rotated.json()["scopes"] == ["organizations.read"]
    assert (during, after) == ([200, 200], [401, 200])


def test_an_ended_key_is_not_rotated(acme: Organization, olga: User) -> None:
    key, _ = make_key(acme, olga, "organizations.read")
    url = f"{ORGANIZATIONS}{acme.id}/api-keys/{key.id}/"
    client_of(olga).delete(url)

    answer = client_of(olga).post(f"{url}rotate/", {"overlap_hours": 0})

    assert (answer.status_code, answer.json()["code"]) == (409, "api_key_ended")
    assert ApiKey.objects.count() == 1


def test_a_key_of_another_organization_is_not_found(acme: Organization, olga: User) -> None:
    key, _ = make_key(acme, olga, "organizations.read")
    omar = make_user("Omar")
    other = make_organization(omar, "Other House")

    answer = client_of(omar).delete(f"{ORGANIZATIONS}{other.id}/api-keys/{key.id}/")

    key.refresh_from_db()
    assert (answer.status_code, key.revoked_at) == (404, None)


def test_a_closed_account_is_refused_at_its_next_request(acme: Organization, olga: User) -> None:
    operator = platform_person("Pia", "OPERATOR")
    client = APIClient()
    client.force_login(olga, backend="django.contrib.auth.backends.ModelBackend")
    before = client.get(ORGANIZATIONS).status_code

    disable_user(user_id=olga.id, reason_text="Shared the password.", by=operator, now=NOW)

    assert (before, client.get(ORGANIZATIONS).status_code) == (200, 401)
