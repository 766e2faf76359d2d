"""Refusals and failures where no view answers: a browser gets words and a way out, the API and htmx a problem."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from common.api.problems import CONTENT_TYPE, RETRY_AFTER_S, problem_of
from common.database import refusal_of
from common.errors import DomainError, InvalidInput, NotFound, NotPermitted, Unavailable

_PAGES = {400: "400", 403: "403", 404: "404", 409: "409", 412: "409", 428: "409", 422: "400", 429: "429"}


class FailedUnforeseen(DomainError):
    """Something that nobody foresaw; the log has it under the request's number."""

    code = "failed"
    status = 500
    title = "Something failed on our side"


def _request_id(request: HttpRequest) -> str:
    return str(getattr(request, "request_id", "") or getattr(request, "id", "") or "")


def _page(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    known = {"status": status, "request_id": _request_id(request), **context}
    return render(request, f"errors/{_PAGES.get(status, '400')}.html", known, status=status)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _problem(request: HttpRequest, error: DomainError) -> HttpResponse:
    return _retriable(JsonResponse(problem_of(error, request=request), status=error.status, content_type=CONTENT_TYPE))


def _bare_page(request: HttpRequest, error: DomainError, words: str) -> HttpResponse:
    """Return a page that needs neither the database nor a session."""
    context = {"status": error.status, "title": error.title, "words": words, "request_id": _request_id(request)}
    return _retriable(HttpResponse(render_to_string("errors/bare.html", context), status=error.status))


def _retriable(response: HttpResponse) -> HttpResponse:
    if response.status_code == Unavailable.status:
        response["Retry-After"] = RETRY_AFTER_S
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    if _is_api(request):
        return _problem(request, InvalidInput())
    return _page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403; the words of the refusal are shown."""
    if _is_api(request):
        return _problem(request, NotPermitted(str(exception or "")))
    return _page(request, 403, detail=str(exception or ""))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 for a form without a valid token."""
    words = "The form was open for too long or cookies are refused. Load the page again and send it once more."
    return _page(request, 403, detail=words)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404, without saying whether something exists outside the viewer's scope."""
    if _is_api(request):
        return _problem(request, NotFound())
    return _page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 where the database itself is in trouble before any view is asked (the session is read there)."""
    refusal = refusal_of(sys.exc_info()[1] or FailedUnforeseen())
    if isinstance(refusal, Unavailable):
        return show_refusal(request, refusal)
    if _is_api(request):
        return _problem(request, FailedUnforeseen())
    words = "What was done before this request is kept. What this request asked for was undone as a whole, so it is safe to try again."
    return _bare_page(request, FailedUnforeseen(), words)


def show_refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Answer a foreseen refusal: a page to people, a problem to htmx and to programs."""
    if _is_api(request) or request.headers.get("HX-Request") == "true":
        return _problem(request, error)
    if isinstance(error, Unavailable):
        return _bare_page(request, error, error.detail)
    return _page(request, error.status, detail=error.detail, problems=error.problems)


class DomainErrorMiddleware:
    """Turns a foreseen refusal that a page's view did not handle itself into its page, or a problem for htmx."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a ``DomainError``, or that the database is in trouble; let everything else rise."""
        refusal = exception if isinstance(exception, DomainError) else refusal_of(exception)
        if refusal is exception or isinstance(refusal, Unavailable):
            return show_refusal(request, refusal)
        return None
