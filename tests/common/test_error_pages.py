"""What is answered where no view answers: problems under /api/, pages elsewhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from common import error_pages


def told(answer: HttpResponse) -> tuple[int, Any, Any]:
    """Return status, code and number of a problem."""
    assert answer["Content-Type"] == "application/problem+json"
    body = json.loads(answer.content)
    assert {"type", "title", "detail", "instance", "errors"} <= set(body)
    assert body["status"] == answer.status_code
    return answer.status_code, body["code"], body["request_id"]


@pytest.fixture
def request_of_the_api() -> HttpRequest:
    request = RequestFactory().get("/api/v1/projects/")
    request.request_id = "01a1"  # type: ignore[attr-defined]
    return request


def test_an_address_of_the_api_that_is_none_is_a_problem_and_another_one_a_page(client: Client, db: None) -> None:
    status, code, number = told(client.get("/api/v1/projects/not-an-id/"))

    assert (status, code) == (404, "not_found")
    assert number
    page = client.get("/nowhere/")
    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_what_nobody_foresaw_is_a_problem_with_the_number_that_the_log_has(request_of_the_api: HttpRequest) -> None:
    assert told(error_pages.server_error(request_of_the_api)) == (500, "failed", "01a1")


def test_a_request_that_the_framework_refuses_is_a_problem(request_of_the_api: HttpRequest) -> None:
    refused = error_pages.bad_request(request_of_the_api, SuspiciousOperation())
    forbidden = error_pages.permission_denied(request_of_the_api, PermissionError("no"))

    assert told(refused) == (400, "invalid", "01a1")
    assert told(forbidden) == (403, "not_permitted", "01a1")
