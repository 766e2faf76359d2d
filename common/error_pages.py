"""Refusals and failures as pages. The API answers problems; a browser gets words and a way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from common.errors import DomainError

_PAGES = {400: "400", 403: "403", 404: "404", 409: "409", 412: "409", 428: "409", 422: "400", 429: "429"}


def _request_id(request: HttpRequest) -> str:
    return str(getattr(request, "request_id", "") or getattr(request, "id", "") or "")


def _page(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    known = {"status": status, "request_id": _request_id(request), **context}
    return render(request, f"errors/{_PAGES.get(status, '400')}.html", known, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    return _page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403; the words of the refusal are shown."""
    return _page(request, 403, detail=str(exception or ""))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 for a form without a valid token."""
    words = "The form was open for too long or cookies are refused. Load the page again and send it once more."
    return _page(request, 403, detail=words)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404, without saying whether something exists outside the viewer's scope."""
    return _page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 from a template that needs neither the database nor a session."""
    return HttpResponse(render_to_string("errors/500.html", {"request_id": _request_id(request)}), status=500)


def show_refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Answer a foreseen refusal: a page to people, a problem to htmx and to programs."""
    if request.headers.get("HX-Request") == "true" or request.path.startswith("/api/"):
        problem = {"title": error.title, "status": error.status, "code": error.code, "detail": error.detail}
        return JsonResponse(problem, status=error.status, content_type="application/problem+json")
    return _page(request, error.status, detail=error.detail, problems=error.problems)


class DomainErrorMiddleware:
    """Turns a foreseen refusal that a page's view did not handle itself into its page, or a problem for htmx."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a ``DomainError``; let everything else rise."""
        return show_refusal(request, exception) if isinstance(exception, DomainError) else None
