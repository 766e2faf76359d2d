"""Profiles over HTTP: one's own, what others may read, what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from common.models import AuditEvent
from marketplace.experts.models import Credential, Expert, ExpertSearch
from marketplace.identity.models import User
from tests.marketplace.clients import client_of, platform_person
from tests.marketplace.people import add_member, make_expert, make_organization, make_user

ME = "/api/v1/experts/me/"
FACTS = {
    "legal_name": "Ada Quispe Mamani",
    "preferred_name": "Ada",
    "residence_country": "BO",
    "tax_country": "ES",
    "bank_country": "DE",
    "timezone": "America/La_Paz",
    "weekly_capacity_minutes": 1200,
    "wish": {"amount_minor": 3500, "currency": "EUR"},
}
SPANISH = {"locale": "es-bo", "modality": "WRITE", "level": "NATIVE"}
LAW = {"kind": "DOMAIN", "code": "law/tax", "level": 4, "evidence": "Nine years at the tax court."}


def versioned(client: Any) -> dict[str, str]:
    """Return the header that says which version was read."""
    return {"If-Match": client.get(ME)["ETag"]}


def test_a_person_writes_a_profile_from_nothing_to_found(catalogue: None) -> None:
    client = client_of(make_user("Ada Quispe"))

    created = client.post(ME, FACTS)
    client.put(f"{ME}languages/", {"languages": [SPANISH]}, headers=versioned(client))
    client.put(f"{ME}skills/", {"skills": [LAW]}, headers=versioned(client))
    windows = [{"weekday": 0, "start_minute": 540, "end_minute": 1440}]
    client.put(f"{ME}availability/", {"windows": windows}, headers=versioned(client))
    active = client.post(f"{ME}state/", {"state": "ACTIVE"})

    body = active.json()
    assert (created.status_code, created["ETag"], created.json()["state"]) == (201, '"1"', "DRAFT")
    assert (active.status_code, body["state"]) == (200, "ACTIVE")
    assert (body["residence_country"], body["tax_country"], body["bank_country"]) == ("BO", "ES", "DE")
    assert body["wish"] == {"amount_minor": 3500, "currency": "EUR"}
    assert body["languages"][0]["locale"] == "es-BO"
    assert body["skills"][0]["evidence"] == "Nine years at the tax court."
    assert body["availability"] == windows
    assert ExpertSearch.objects.get().tags


def test_a_second_profile_is_refused(ada: Expert) -> None:
    answer = client_of(ada.user).post(ME, FACTS)

    assert (answer.status_code, answer.json()["code"]) == (409, "profile_exists")
    assert Expert.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("legal_name", "Ada\u202eQuispe"),
        ("legal_name", "Ada\x00"),
        ("preferred_name", "\u200b"),
        ("preferred_name", "A" * 201),
        ("headline", "one\ntwo"),
        ("residence_country", "UK"),
        ("tax_country", "bo"),
        ("bank_country", 12),
        ("timezone", "BST"),
        ("timezone", "../../etc/passwd"),
        ("weekly_capacity_minutes", -1),
        ("weekly_capacity_minutes", 10081),
        ("weekly_capacity_minutes", 12.5),
        ("weekly_capacity_minutes", "1200"),
        ("weekly_capacity_minutes", True),
        ("weekly_capacity_minutes", 10**30),
        ("wish", {"amount_minor": 0, "currency": "EUR"}),
        ("wish", {"amount_minor": -5, "currency": "EUR"}),
        ("wish", {"amount_minor": 3500, "currency": "ZZZ"}),
        ("wish", {"amount_minor": 3500, "currency": "eur"}),
        ("wish", {"amount_minor": 3500}),
        ("wish", {"amount_minor": 2**63, "currency": "EUR"}),
        ("state", "ACTIVE"),
        ("user", "01890000-0000-7000-8000-000000000000"),
    ],
)
def test_a_bad_fact_is_refused_by_field_and_nothing_is_written(catalogue: None, field: str, value: Any) -> None:
    answer = client_of(make_user("Ada Quispe")).post(ME, {**FACTS, field: value})

    assert answer.status_code == 400
    if "\x00" not in str(value):
        assert {problem["pointer"].split("/")[1] for problem in answer.json()["errors"]} == {field}
    assert not Expert.objects.exists()


@pytest.mark.parametrize(
    "name", ["عبد الرحمن بن خالد", "O'Brien", "Null", "N/A", "{{7*7}}", "<script>", "=1+1", "李明", "José"]
)
def test_names_of_all_kinds_are_welcome(catalogue: None, name: str) -> None:
    answer = client_of(make_user("Ada Quispe")).post(ME, {**FACTS, "legal_name": name})

    assert (answer.status_code, answer.json()["legal_name"]) == (201, name)


def test_a_name_is_stored_composed(catalogue: None) -> None:
    answer = client_of(make_user("Ada Quispe")).post(ME, {**FACTS, "preferred_name": "Nu\u0301ria"})

    assert answer.json()["preferred_name"] == "Núria"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("[]", 400),
        ("null", 400),
        ("{", 400),
        ("", 400),
        ('{"legal_name": "A", "legal_name": "B"}', 400),
        ('{"weekly_capacity_minutes": NaN}', 400),
        ('{"weekly_capacity_minutes": 1e999}', 400),
        ("[" * 100_000, 400),
    ],
)
def test_a_body_that_is_no_object_is_refused(catalogue: None, raw: str, status: int) -> None:
    client = client_of(make_user("Ada Quispe"))

    answer = client.generic("POST", ME, raw, content_type="application/json")

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


def test_another_content_type_is_415(catalogue: None) -> None:
    client = client_of(make_user("Ada Quispe"))

    assert client.generic("POST", ME, "legal_name=Ada", content_type="text/plain").status_code == 415


@pytest.mark.parametrize("part", ["", "languages/", "skills/", "availability/"])
def test_a_change_names_the_version_it_was_made_from(ada: Expert, part: str) -> None:
    client = client_of(ada.user)
    body = {
        "": FACTS,
        "languages/": {"languages": []},
        "skills/": {"skills": []},
        "availability/": {"windows": []},
    }[part]

    without = client.put(ME + part, body)
    stale = client.put(ME + part, body, headers={"If-Match": '"99"'})
    right = client.put(ME + part, body, headers={"If-Match": '"1"'})

    assert [answer.status_code for answer in (without, stale, right)] == [428, 412, 200]
    assert right["ETag"] == '"2"'


@pytest.mark.parametrize(
    ("part", "body", "pointers"),
    [
        ("languages", {"languages": [{**SPANISH, "locale": "xx-nowhere"}]}, ["/languages/0/locale"]),
        ("languages", {"languages": [{**SPANISH, "level": "FLUENT"}]}, ["/languages/0/level"]),
        ("languages", {"languages": [SPANISH, {**SPANISH, "locale": "es-BO"}]}, ["/languages/1"]),
        ("languages", {"languages": [{**SPANISH, "assessed_level": "C2"}]}, ["/languages/0/assessed_level"]),
        ("skills", {"skills": [{**LAW, "code": "law/of-the-jungle"}]}, ["/skills/0/code"]),
        ("skills", {"skills": [{**LAW, "level": 6}]}, ["/skills/0/level"]),
        ("skills", {"skills": [LAW, LAW]}, ["/skills/1"]),
        ("skills", {"skills": [LAW] * 201}, ["/skills"]),
        ("skills", {"skills": [{**LAW, "kind": "CREDENTIAL"}]}, ["/skills/0/kind"]),
        ("availability", {"windows": [{"weekday": 7, "start_minute": 0, "end_minute": 60}]}, ["/windows/0/weekday"]),
        ("availability", {"windows": [{"weekday": 1, "start_minute": 60, "end_minute": 60}]}, ["/windows/0"]),
        (
            "availability",
            {"windows": [{"weekday": 1, "start_minute": 0, "end_minute": 1500}]},
            ["/windows/0/end_minute"],
        ),
        (
            "availability",
            {
                "windows": [
                    {"weekday": 1, "start_minute": 0, "end_minute": 61},
                    {"weekday": 1, "start_minute": 60, "end_minute": 90},
                ]
            },
            ["/windows/1"],
        ),
    ],
)
def test_a_bad_row_is_named_and_the_list_stays(ada: Expert, part: str, body: Any, pointers: list[str]) -> None:
    client = client_of(ada.user)

    answer = client.put(f"{ME}{part}/", body, headers={"If-Match": '"1"'})

    assert answer.status_code == 400
    assert [problem["pointer"] for problem in answer.json()["errors"]] == pointers
    ada.refresh_from_db()
    assert ada.version == 1


def test_touching_windows_are_two_windows(ada: Expert) -> None:
    windows = [
        {"weekday": 1, "start_minute": 0, "end_minute": 60},
        {"weekday": 1, "start_minute": 60, "end_minute": 90},
    ]

    answer = client_of(ada.user).put(f"{ME}availability/", {"windows": windows}, headers={"If-Match": '"1"'})

    assert (answer.status_code, answer.json()["availability"]) == (200, windows)


BAR = {"code": "", "issuer": "Colegio de Abogados", "country": "BO", "valid_from": "2020-01-01"}


@pytest.fixture
def bar(catalogue: None) -> dict[str, Any]:
    """Return a credential of the catalogue's first kind."""
    from marketplace.taxonomy.queries import find_nodes  # noqa: PLC0415 - the catalogue is there only now

    return {**BAR, "code": find_nodes("", "CREDENTIAL", 1)[0].code}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "license-to-kill"),
        ("issuer", "\u2067x"),
        ("country", "XX"),
        ("valid_from", "01/02/2020"),
        ("valid_from", "2020-02-30"),
        ("valid_from", "0001-01-01"),
        ("valid_from", "2020-01-01T00:00:00Z"),
        ("valid_until", "2019-12-31"),
        ("valid_until", "2020-01-01"),
        ("reference", "x" * 101),
        ("verified_at", "2020-01-01"),
    ],
)
def test_a_bad_credential_is_refused_by_field(ada: Expert, bar: dict[str, Any], field: str, value: str) -> None:
    answer = client_of(ada.user).post(f"{ME}credentials/", {**bar, field: value})

    assert answer.status_code == 400
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [f"/{field}"]
    assert not Credential.objects.exists()


def test_a_claimed_credential_counts_once_an_operator_has_verified_it(ada: Expert, bar: dict[str, Any]) -> None:
    pia = client_of(platform_person("Pia", "OPERATOR"))
    claimed = client_of(ada.user).post(f"{ME}credentials/", bar).json()
    card = f"/api/v1/experts/{ada.id}/card/"
    before = pia.get(card).json()["credentials"]

    queue = pia.get("/api/v1/credentials/", {"state": "CLAIMED"}).json()["results"]
    verification = f"/api/v1/experts/{ada.id}/credentials/{claimed['id']}/verification/"
    verified = pia.post(verification, {"state": "VERIFIED", "method": "Asked the register."})
    after = pia.get(card).json()["credentials"]

    assert [row["id"] for row in queue] == [claimed["id"]]
    assert (verified.status_code, verified.json()["state"]) == (200, "VERIFIED")
    assert (before, [row["code"] for row in after]) == ([], [bar["code"]])


def test_a_credential_is_claimed_once_and_removed_by_its_owner_alone(ada: Expert, bar: dict[str, Any]) -> None:
    bola = make_expert("Bola Eze").user
    claimed = client_of(ada.user).post(f"{ME}credentials/", bar).json()

    again = client_of(ada.user).post(f"{ME}credentials/", bar)
    foreign = client_of(bola).delete(f"{ME}credentials/{claimed['id']}/")
    own = client_of(ada.user).delete(f"{ME}credentials/{claimed['id']}/")

    assert [answer.status_code for answer in (again, foreign, own)] == [400, 404, 204]
    assert not Credential.objects.exists()


def test_a_profile_without_languages_and_skills_is_not_activated(ada: Expert) -> None:
    answer = client_of(ada.user).post(f"{ME}state/", {"state": "ACTIVE"})

    ada.refresh_from_db()
    assert (answer.status_code, answer.json()["code"], ada.state) == (409, "profile_incomplete", "DRAFT")


def test_a_closed_profile_stays_closed(catalogue: None) -> None:
    bola = make_expert("Bola Eze")
    client = client_of(bola.user)

    answers = [client.post(f"{ME}state/", {"state": state}).status_code for state in ("CLOSED", "ACTIVE", "DRAFT")]

    assert answers == [200, 409, 400]
    assert not ExpertSearch.objects.exists()


@pytest.mark.parametrize(
    ("role", "card", "whole", "assess", "queue"),
    [
        ("SELF", 200, 403, 403, 403),
        ("EXPERT", 404, 403, 403, 403),
        ("OWNER", 200, 403, 403, 403),
        ("PROJECT_MANAGER", 200, 403, 403, 403),
        ("REVIEWER", 404, 403, 403, 403),
        ("FINANCE_PREPARER", 403, 403, 403, 403),
        ("AUDITOR", 200, 403, 403, 403),
        ("OPERATOR", 200, 200, 200, 200),
        ("NOBODY", 403, 403, 403, 403),
        ("ANONYMOUS", 401, 401, 401, 401),
    ],
)
def test_who_reads_and_assesses_an_expert(
    catalogue: None, role: str, card: int, whole: int, assess: int, queue: int
) -> None:
    bola = make_expert("Bola Eze")
    client = client_of(person_with(role, bola))
    url = f"/api/v1/experts/{bola.id}/"
    level = {"kind": "DOMAIN", "code": "linguistics/translation", "level": 5}

    answers = [
        client.get(f"{url}card/"),
        client.get(url),
        client.post(f"{url}skill-assessments/", level),
        client.get("/api/v1/credentials/"),
    ]

    assert [answer.status_code for answer in answers] == [card, whole, assess, queue]
    assert bola.skills.get().assessed_level == (5 if assess == 200 else None)
    assert AuditEvent.objects.filter(action="expert.read").count() == (1 if whole == 200 else 0)


def person_with(role: str, bola: Expert) -> User | None:
    """Return somebody of ``role``."""
    if role == "ANONYMOUS":
        return None
    if role == "SELF":
        return bola.user
    if role == "EXPERT":
        return make_expert("Chen Li").user
    if role == "NOBODY":
        return make_user("Nora")
    if role in {"FINANCE_PREPARER", "AUDITOR", "OPERATOR"}:
        return platform_person("Pia", role)
    olga = make_user("Olga Owner")
    acme = make_organization(olga)
    return olga if role == "OWNER" else add_member(acme, olga, "Mona", role)


def test_the_card_tells_nothing_private(catalogue: None) -> None:
    bola = make_expert("Bola Eze")
    olga = make_user("Olga Owner")
    make_organization(olga)

    text = json.dumps(client_of(olga).get(f"/api/v1/experts/{bola.id}/card/").json())

    for private in ("Bola Eze", bola.user.email, str(bola.user_id), "tax_country", "bank_country", "wish", "Ten years"):
        assert private not in text


def test_a_paused_expert_is_hidden_from_whoever_staffs(catalogue: None) -> None:
    bola = make_expert("Bola Eze")
    olga = make_user("Olga Owner")
    make_organization(olga)
    client_of(bola.user).post(f"{ME}state/", {"state": "PAUSED"})

    assert client_of(olga).get(f"/api/v1/experts/{bola.id}/card/").status_code == 404


def test_an_operator_does_not_assess_themselves(catalogue: None) -> None:
    bola = make_expert("Bola Eze")
    pia = platform_person("Pia", "OPERATOR")
    pia.platform_grants.update(user=bola.user)
    level = {"locale": "de-DE", "modality": "WRITE", "level": "C2"}

    answer = client_of(bola.user).post(f"/api/v1/experts/{bola.id}/language-assessments/", level)

    assert answer.status_code == 403
    assert not bola.languages.exclude(assessed_level="").exists()


def test_a_replayed_creation_answers_as_the_first_time(catalogue: None) -> None:
    client = client_of(make_user("Ada Quispe"))
    same = {"Idempotency-Key": "sign-up-1"}

    first = client.post(ME, FACTS, headers=same)
    again = client.post(ME, FACTS, headers=same)
    other = client.post(ME, {**FACTS, "headline": "Lawyer"}, headers=same)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert (again["Idempotent-Replayed"], again.json()) == ("true", first.json())
    assert Expert.objects.count() == 1


@pytest.mark.parametrize(("country", "is_paid_in_euros"), [("DE", True), ("KP", False)])
def test_a_profile_says_in_what_its_bank_can_be_paid(catalogue: None, country: str, is_paid_in_euros: bool) -> None:
    answer = client_of(make_user("Ada Quispe")).post(ME, {**FACTS, "bank_country": country})

    assert ("EUR" in answer.json()["payable_currencies"]) is is_paid_in_euros


@pytest.mark.parametrize("method", ["delete", "patch"])
def test_a_method_that_is_not_there_is_405(ada: Expert, method: str) -> None:
    assert getattr(client_of(ada.user), method)(ME).status_code == 405
