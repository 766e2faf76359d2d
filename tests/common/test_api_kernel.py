"""What every view of the API does before and after its own work."""

from __future__ import annotations

import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from threading import Barrier
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, connection
from rest_framework.exceptions import ParseError
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from common import permissions
from common.api import (
    APIView,
    CursorPagination,
    Request,
    Serializer,
    StrictIntegerField,
    StrictJSONParser,
    etag_of,
    read_body,
    read_filters,
    require_version,
)
from common.errors import Conflict, InvalidInput, NotFound, NotPermitted, StaleVersion, VersionRequired
from common.models import IdempotencyKey, OutboxEvent
from common.permissions import has_grant, require_grant, visible_workers
from marketplace.identity.models import User

NOW = datetime(2026, 11, 12, 9, 30, tzinfo=UTC)
FACTORY = APIRequestFactory()


class LampIn(Serializer):
    """A lamp."""

    watts = StrictIntegerField(min_value=1)


class LampsView(APIView):
    """Lamps, each a row of the outbox."""

    grants: ClassVar = {"get": "lamps.read", "post": ("lamps.write", "lamps.any")}
    shown_once = frozenset({"secret"})

    def get(self, request: Request) -> Response:
        read_filters(request)
        pages = CursorPagination()
        page = pages.paginate_queryset(OutboxEvent.objects.all(), request, view=self) or []
        return pages.get_paginated_response([str(row.id) for row in page])

    def post(self, request: Request) -> Response:
        watts = read_body(request, LampIn)["watts"]
        row = OutboxEvent.objects.create(name="lamp", payload={"watts": watts}, occurred_at=NOW)
        if watts == 13:
            raise Conflict("Thirteen watts are unlucky.")
        return Response({"id": str(row.id), "secret": "s3cret"}, status=201)


@pytest.fixture(autouse=True)
def grants(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody read and write lamps whose address begins with a, and nobody else anything."""

    def answer(user: Any, code: str, tenant: UUID | None) -> bool:
        return user.email.startswith("a") and code in {"lamps.read", "lamps.any"}

    monkeypatch.setattr(permissions, "_grant_providers", [answer])


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada@example.org", None)


def call(
    method: str, user: User | None, body: Any = None, *, raw: str | None = None, path: str = "/lamps/", **more: Any
) -> Any:
    data = raw if raw is not None else json.dumps(body)
    request = FACTORY.generic(method, path, data, content_type="application/json", **more)
    force_authenticate(request, user, more.get("token"))
    response = LampsView.as_view()(request)
    response.render()
    return response


def test_nobody_is_401_a_stranger_403_a_holder_of_one_of_the_grants_enters(ada: User) -> None:
    eve = User.objects.create_user("eve@example.org", None)

    statuses = [call("POST", user, {"watts": 5}).status_code for user in (None, eve, ada)]

    assert statuses == [401, 403, 201]


def test_a_key_needs_the_grant_as_a_scope_too(ada: User) -> None:
    class Key:
        scopes: ClassVar = ["lamps.read"]

    key: Any = Key()
    request = FACTORY.post("/lamps/", {"watts": 5}, format="json")
    force_authenticate(request, ada, key)
    reading = FACTORY.get("/lamps/")
    force_authenticate(reading, ada, key)

    assert LampsView.as_view()(request).status_code == 403
    assert LampsView.as_view()(reading).status_code == 200


def test_a_method_without_a_grant_is_405_for_those_who_are_known(ada: User) -> None:
    assert [call("DELETE", user).status_code for user in (None, ada)] == [401, 405]


def test_head_is_answered_as_get(ada: User) -> None:
    assert call("HEAD", ada).status_code == 200


def test_without_a_provider_nobody_may_do_anything(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permissions, "_grant_providers", [])
    monkeypatch.setattr(permissions, "_worker_providers", [])

    assert not has_grant(ada, "lamps.read")
    assert visible_workers(ada) == []
    with pytest.raises(NotPermitted):
        require_grant(ada, "lamps.read")


def test_nobody_unknown_or_closed_holds_a_grant(ada: User) -> None:
    open_account = has_grant(ada, "lamps.read")
    ada.is_active = False

    assert (open_account, has_grant(ada, "lamps.read"), has_grant(None, "lamps.read")) == (True, False, False)
    assert not has_grant(AnonymousUser(), "lamps.read")


def test_the_same_key_has_one_effect_and_one_answer(ada: User) -> None:
    first, again = (call("POST", ada, {"watts": 5}, HTTP_IDEMPOTENCY_KEY="k") for _ in range(2))

    assert OutboxEvent.objects.count() == 1
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.data["id"], first.data["secret"]) == (again.data["id"], "s3cret")
    assert (again["Idempotent-Replayed"], again.data["secret"]) == ("true", None)
    assert "Idempotent-Replayed" not in first


def test_two_spellings_of_one_document_are_one_request(ada: User) -> None:
    first = call("POST", ada, raw='{"watts": 5}', HTTP_IDEMPOTENCY_KEY="k")
    again = call("POST", ada, raw='{ "watts" :5 }', HTTP_IDEMPOTENCY_KEY="k")

    assert (first.status_code, again.status_code, OutboxEvent.objects.count()) == (201, 201, 1)


def test_a_key_with_another_body_is_422_and_does_nothing(ada: User) -> None:
    call("POST", ada, {"watts": 5}, HTTP_IDEMPOTENCY_KEY="k")

    answer = call("POST", ada, {"watts": 6}, HTTP_IDEMPOTENCY_KEY="k")

    assert (answer.status_code, answer.data["code"]) == (422, "idempotency_key_reused")
    assert OutboxEvent.objects.count() == 1


def test_the_same_key_of_another_person_is_another_key(ada: User) -> None:
    anna = User.objects.create_user("anna@example.org", None)

    for user in (ada, anna):
        call("POST", user, {"watts": 5}, HTTP_IDEMPOTENCY_KEY="k")

    assert OutboxEvent.objects.count() == 2


def test_a_refused_request_leaves_neither_effect_nor_key(ada: User) -> None:
    refused = call("POST", ada, {"watts": 13}, HTTP_IDEMPOTENCY_KEY="k")

    assert refused.status_code == 409
    assert not OutboxEvent.objects.exists()
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "tab\there"])
def test_a_key_is_1_to_255_printable_characters(ada: User, key: str) -> None:
    answer = call("POST", ada, {"watts": 5}, HTTP_IDEMPOTENCY_KEY=key)

    assert answer.status_code == 400
    assert not OutboxEvent.objects.exists()


@pytest.mark.parametrize("raw", ['{"watts": 1000000000000000000000000000000}', '{"watts": "\\ud800"}', "[1]", "7"])
def test_a_key_does_not_turn_bad_input_into_a_failure(ada: User, raw: str) -> None:
    plain = call("POST", ada, raw=raw)
    keyed = call("POST", ada, raw=raw, HTTP_IDEMPOTENCY_KEY="k")

    assert keyed.status_code == plain.status_code
    assert keyed.status_code < 500


def test_a_key_may_be_compulsory(ada: User) -> None:
    class PaidView(LampsView):
        requires_idempotency_key = True

    request = FACTORY.post("/lamps/", {"watts": 5}, format="json")
    force_authenticate(request, ada)

    answer = PaidView.as_view()(request)

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (400, "/Idempotency-Key")
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_eight_equal_requests_at_once_one_acts_and_all_get_its_answer(transactional_db: None) -> None:
    ada = User.objects.create_user("ada@example.org", None)
    start = Barrier(8)

    def send(_: int) -> Any:
        start.wait(10)
        try:
            return call("POST", ada, {"watts": 5}, HTTP_IDEMPOTENCY_KEY="k")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 7
    assert OutboxEvent.objects.count() == 1


def test_every_refusal_is_a_problem_that_says_where(ada: User) -> None:
    answer = call("POST", ada, {"watts": 0, "colour": "red"})

    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.data["status"], answer.data["code"], answer.data["instance"]) == (400, "invalid", "/lamps/")
    assert [problem["pointer"] for problem in answer.data["errors"]] == ["/colour"]


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        "[",
        "{}x",
        "nul",
        "NaN",
        '{"a": Infinity}',
        '{"a": 1e999}',
        '{"a": -1e999}',
        '{"a": 1, "a": 2}',
        '{"b": {"a": 1, "a": 2}}',
        '{"a": "\\u0000"}',
        '{"\\u0000": 1}',
        "[" * 100000,
        "1" * 5000,
        "'a'",
    ],
)
def test_a_document_that_says_two_things_or_nothing_is_refused(raw: str) -> None:
    with pytest.raises(ParseError):
        StrictJSONParser().parse(BytesIO(raw.encode()))


@pytest.mark.parametrize("raw", [b"\xff\xfe", b'{"a": "\xe9"}', b"\xef\xbb\xbf{}"])
def test_a_document_is_utf_8_without_a_mark(raw: bytes) -> None:
    with pytest.raises(ParseError):
        StrictJSONParser().parse(BytesIO(raw))


def test_a_document_has_an_end() -> None:
    with pytest.raises(ParseError, match="larger"):
        StrictJSONParser().parse(BytesIO(b'"' + b"x" * (10 * 1024 * 1024) + b'"'))


def test_an_ordinary_document_is_read() -> None:
    raw = '{"a": [1, 2.5, -1e10, true, null, "ñ 🙂"], "b": {}}'.encode()

    assert StrictJSONParser().parse(BytesIO(raw)) == {"a": [1, 2.5, -1e10, True, None, "ñ 🙂"], "b": {}}


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1.5", "x", "", " 5", "٥", "18446744073709551616"])
def test_a_page_has_1_to_200_rows(ada: User, limit: str) -> None:
    answer = call("GET", ada, path=f"/lamps/?limit={limit}")

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (400, "/limit")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%00",
        "-",
        b64encode(b"p=7").decode(),
        b64encode(b"p=\x00").decode(),
        b64encode(b"o=99999999999").decode(),
        b64encode(b"p=" + b"9" * 5000).decode(),
        b64encode(b"o=-1").decode(),
        b64encode(b"\xff").decode(),
    ],
)
def test_a_cursor_of_ones_own_making_is_refused_or_harmless(ada: User, cursor: str) -> None:
    OutboxEvent.objects.create(name="lamp", payload={}, occurred_at=NOW)

    answer = call("GET", ada, path=f"/lamps/?cursor={cursor}")

    assert answer.status_code in {200, 400}


@pytest.mark.parametrize("query", ["colour=red", "limit=1&limit=2", "page=2", "offset=3", "ordering=-id", "a=%00"])
def test_a_filter_that_is_not_declared_is_refused(ada: User, query: str) -> None:
    assert call("GET", ada, path=f"/lamps/?{query}").status_code == 400


def test_pages_lead_through_every_row_once(ada: User) -> None:
    made = [str(OutboxEvent.objects.create(name="lamp", payload={}, occurred_at=NOW).id) for _ in range(7)]
    seen, path = [], "/lamps/?limit=3"

    while path:
        answer = call("GET", ada, path=path)
        seen += answer.data["results"]
        path = answer.data["next"]

    assert seen == made[::-1]


def versioned(header: str | None) -> Request:
    more = {} if header is None else {"HTTP_IF_MATCH": header}
    return Request(FACTORY.put("/lamps/", **more))


@pytest.mark.parametrize("header", ['"7"', "*", ' "7" '])
def test_the_version_that_was_read_is_accepted(header: str) -> None:
    require_version(versioned(header), 7)


@pytest.mark.parametrize(
    ("header", "refusal"),
    [
        (None, VersionRequired),
        ("", VersionRequired),
        ('"6"', StaleVersion),
        ("7", StaleVersion),
        ('W/"7"', StaleVersion),
    ],
)
def test_another_version_or_none_is_refused(header: str | None, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        require_version(versioned(header), 7)
    assert etag_of(7) == '"7"'


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [(NotFound(), 404, "not_found"), (InvalidInput.of("/a", "No."), 400, "invalid"), (Conflict(), 409, "conflict")],
)
def test_a_foreseen_refusal_keeps_its_status(ada: User, raised: Exception, status: int, code: str) -> None:
    answer = call_raising(ada, raised)

    assert (answer.status_code, answer.data["code"]) == (status, code)


def test_what_the_database_refuses_is_told_and_is_no_failure(ada: User) -> None:
    User.objects.create_user("eve@example.org", None)
    try:
        User.objects.filter(id=ada.id).update(email="eve@example.org")
    except IntegrityError as error:
        refused = error

    answer = call_raising(ada, refused)

    assert (answer.status_code, answer.data["errors"][0]["code"]) == (409, "unique")


def call_raising(user: User, error: Exception) -> Any:
    class BrokenView(APIView):
        """Raises."""

        grants: ClassVar = {"get": ""}

        def get(self, request: Request) -> Response:
            raise error

    request = FACTORY.get("/broken/")
    force_authenticate(request, user)
    return BrokenView.as_view()(request)
