"""What views of pages share."""

from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from common import permissions, web
from common.errors import Conflict, FieldProblem, InvalidInput, NotFound, NotPermitted


@web.page("pay.approve", "pay.prepare", methods=("GET", "POST"))
def approve(request: HttpRequest) -> HttpResponse:
    """A made-up page."""
    return HttpResponse("shown")


def ask(method: str = "get", user: Any = None, path: str = "/", **data: str) -> HttpRequest:
    request = getattr(RequestFactory(), method)(path, data)
    request.user = user or AnonymousUser()
    return request


@pytest.fixture
def chen(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.setattr(permissions, "_grant_providers", [lambda user, code, tenant: code in user.grants])
    return SimpleNamespace(is_authenticated=True, is_active=True, grants=["pay.prepare"])


def test_an_anonymous_visitor_is_sent_to_the_log_in() -> None:
    answer = approve(ask())

    assert answer.status_code == 302
    assert answer["Location"].endswith("?next=/")


def test_any_of_the_grants_opens_the_page(chen: SimpleNamespace) -> None:
    assert approve(ask(user=chen)).content == b"shown"


def test_without_a_grant_the_page_is_refused(chen: SimpleNamespace) -> None:
    chen.grants = ["expert.self"]

    with pytest.raises(NotPermitted):
        approve(ask(user=chen))


def test_another_method_is_refused(chen: SimpleNamespace) -> None:
    assert approve(ask("delete", user=chen)).status_code == 405


class AmountForm(forms.Form):
    """A made-up form of one field."""

    amount = forms.IntegerField()


def test_a_refusal_stands_at_the_field_it_names() -> None:
    def refuse(**_: Any) -> None:
        raise InvalidInput("no", (FieldProblem("/amount", "least", "Too little."),))

    form = AmountForm({"amount": "1"})

    assert web.submit(form, refuse) is None
    assert form.errors == {"amount": ["Too little."]}
    assert web.form_status(form) == 422


def test_a_refusal_of_the_state_stands_above_the_form() -> None:
    def refuse(**_: Any) -> None:
        raise Conflict("It was approved meanwhile.")

    form = AmountForm({"amount": "1"})

    assert web.submit(form, refuse) is None
    assert form.non_field_errors() == ["It was approved meanwhile."]


def test_what_is_out_of_scope_is_not_shown_in_the_form() -> None:
    def refuse(**_: Any) -> None:
        raise NotFound

    with pytest.raises(NotFound):
        web.submit(AmountForm({"amount": "1"}), refuse)


def test_the_command_gets_the_cleaned_fields_and_the_arguments() -> None:
    assert web.submit(AmountForm({"amount": "7"}), lambda **given: given, by="Chen") == {"amount": 7, "by": "Chen"}


def test_an_invalid_form_runs_no_command() -> None:
    form = AmountForm({"amount": "x"})

    assert web.submit(form, lambda **given: pytest.fail("the command ran")) is None
    assert "amount" in form.errors


@pytest.mark.parametrize("page", ["0", "99", "x"])
def test_a_page_that_is_not_there_is_not_found(page: str) -> None:
    with pytest.raises(NotFound):
        web.paginate(ask(page=page), list(range(30)))


def test_a_list_comes_in_pages() -> None:
    assert list(web.paginate(ask(page="2"), list(range(30)))) == [25, 26, 27, 28, 29]


def test_an_unknown_filter_is_named() -> None:
    with pytest.raises(InvalidInput, match="colour"):
        web.refuse_unknown_filters(ask(colour="red", page="2"), ["state"])


@pytest.mark.parametrize(("asked", "way"), [("/time/", "/time/"), ("//evil.example", "/home/"), ("", "/home/")])
def test_the_way_back_never_leads_to_another_host(asked: str, way: str, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]

    assert web.way_back(ask(next=asked), "/home/") == way
