"""A database that is locked, gone or refuses: the web says so in time, and works again afterwards."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connections
from django.test import RequestFactory
from knox.models import AuthToken

from common import database, error_pages
from tests.marketplace import people
from tests.racing import serve

ME = "/api/v1/me/"


class Web:
    """The web server and who asks it."""

    def __init__(self, address: str, secret: str) -> None:
        self.address = address
        # The page reads the session, the API the token.
        self.headers = {"Authorization": f"Token {secret}", "Cookie": f"sessionid={'s' * 32}"}

    def ask(self, path: str) -> tuple[http.client.HTTPResponse, str]:
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=60)
        connection.request("GET", path, headers=self.headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer, text


@pytest.fixture
def web(fresh_database: str) -> Iterator[Web]:
    _, secret = AuthToken.objects.create(user=people.make_user("Olga Owner"))
    with serve(fresh_database) as address:
        yield Web(address, secret)


def test_a_lock_that_is_not_given_up_is_answered_while_it_is_held(web: Web, fresh_database: str) -> None:
    with psycopg.connect(fresh_database) as other:
        # Until this block ends the request could not be answered but by giving up: without a limit it would time out.
        other.execute("LOCK TABLE knox_authtoken, marketplace_user IN ACCESS EXCLUSIVE MODE")
        answer, text = web.ask(ME)

    problem = json.loads(text)
    assert (answer.status, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert (problem["code"], problem["status"]) == ("unavailable", 503)
    assert (
        problem["detail"] == "Somebody else is changing this right now. Nothing was saved. Send it again in a moment."
    )
    assert answer.headers["Retry-After"] == "2"
    assert web.ask(ME)[0].status == 200


def test_a_database_that_takes_no_connections_is_told_to_programs_and_people(web: Web, fresh_database: str) -> None:
    name = connections["default"].settings_dict["NAME"]
    connections.close_all()
    elsewhere = fresh_database.replace(f"/{name}?", "/postgres?")
    with psycopg.connect(elsewhere, autocommit=True) as other:
        other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            (api, problem), (page, words) = web.ask(ME), web.ask("/")
            health, _ = web.ask("/healthz")
        finally:
            other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    assert (api.status, json.loads(problem)["code"]) == (503, "unavailable")
    assert "Whether this was saved is not known" in problem
    assert (page.status, page.headers["Retry-After"]) == (503, "2")
    assert "Not possible at this moment" in words
    assert health.status == 503
    assert web.ask(ME)[0].status == 200


@pytest.mark.parametrize(
    ("sqlstate", "words"),
    [
        ("53100", "no room left on its disk"),
        ("53300", "too much to do"),
        ("40P01", "met another change"),
        ("57014", "took too long"),
        ("08006", "Whether this was saved is not known"),
    ],
)
def test_each_trouble_has_its_words(sqlstate: str, words: str) -> None:
    refusal = database.refusal_of(_trouble(sqlstate))

    assert refusal is not None
    assert words in refusal.detail


def test_trouble_before_any_view_is_a_page_that_needs_no_database() -> None:
    request = RequestFactory().get("/home/")
    try:
        raise _trouble("53300")
    except OperationalError:
        answer = error_pages.server_error(request)

    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert b"too much to do" in answer.content


def test_workers_wait_for_as_long_as_it_takes(db: Any) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        assert cursor.fetchone() == ("0", "0")
    assert get_user_model().objects.count() == 0


def _trouble(sqlstate: str) -> OperationalError:
    error = OperationalError("the database's own words")
    error.__cause__ = psycopg.errors.lookup(sqlstate)("the database's own words")
    return error
