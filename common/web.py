"""What the views of pages share: who may enter, lists in pages, refusals shown at the form, safe ways back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from common.errors import DomainError, InvalidInput, NotFound
from common.permissions import has_grant, require_grant

PAGE_SIZE = 25
LARGEST_PAGE_SIZE = 200


class PageRequest(HttpRequest):
    """The request of a page: whoever reaches one is logged in, so that ``user`` is one of ours."""

    user: Any


type View[**P] = Callable[Concatenate[PageRequest, P], HttpResponse]


def page[**P](*grants: str, methods: Sequence[str] = ("GET", "HEAD")) -> Callable[[View[P]], View[P]]:
    """Make a view a page: anonymous → log-in, none of ``grants`` → 403, another method than ``methods`` → 405.

    Without a grant every logged-in person may enter. The check of the object's own organization stays with the command
    or query that the view calls.
    """

    def decorate(view: View[P]) -> View[P]:
        @login_required
        @wraps(view)
        def guarded(request: PageRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            if grants and not any(has_grant(request.user, grant) for grant in grants):
                require_grant(request.user, grants[0])
            return view(request, *args, **kwargs)

        # Read by the test that visits every page.
        guarded.page_grants, guarded.page_methods = grants, methods  # type: ignore[attr-defined]
        return cast("View[P]", guarded)

    return decorate


def is_htmx(request: HttpRequest) -> bool:
    """Say whether htmx asked, so that the partial alone is the answer."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def paginate(request: HttpRequest, rows: Any, *, size: int = PAGE_SIZE) -> Page[Any]:
    """Return the page of ``rows`` (ordered) that ``?page=`` names; show it with ``blocks/_pagination.html``.

    Raises:
        NotFound: no such page.
    """
    paginator = Paginator(rows, min(size, LARGEST_PAGE_SIZE))
    try:
        return paginator.page(request.GET.get("page") or 1)
    except (EmptyPage, PageNotAnInteger) as error:
        raise NotFound(f"There is no page {request.GET.get('page')!r} of this list.") from error


def show_refusal(form: forms.BaseForm, error: DomainError) -> None:
    """Put a command's refusal at the fields it names, and above the form where it names none."""
    shown = False
    for problem in error.problems:
        name = next((part for part in problem.pointer.split("/") if part in form.fields), None)
        form.add_error(name, problem.detail)
        shown = True
    if not shown:
        form.add_error(None, error.detail)


def submit[T](form: forms.BaseForm, command: Callable[..., T], **arguments: Any) -> T | None:
    """Run ``command`` if ``form`` is valid, with its cleaned fields and ``arguments``; None when either refuses.

    Refusals that the person can mend stand in the form afterwards. Those about the person or the object's existence
    (401, 403, 404) rise and become their page.
    """
    if not form.is_valid():
        return None
    try:
        return command(**{**form.cleaned_data, **arguments})
    except DomainError as error:
        if error.status in {401, 403, 404}:
            raise
        show_refusal(form, error)
        return None


def form_status(form: forms.BaseForm) -> int:
    """Return the status of a page that shows ``form``: 422 when it was sent and refused, so that htmx swaps it in."""
    return 422 if form.is_bound and form.errors else 200


def refuse_unknown_filters(request: HttpRequest, known: Sequence[str]) -> None:
    """Return only if the query string has no parameter outside ``known`` and ``page``.

    Raises:
        InvalidInput: naming each unknown filter.
    """
    unknown = sorted(set(request.GET) - {*known, "page"})
    if unknown:
        raise InvalidInput.of(f"/{unknown[0]}", f"Unknown filter: {', '.join(unknown)}.", code="unknown")


def way_back(request: HttpRequest, default: str) -> str:
    """Return the local address that ``next`` names, else ``default``; never another host."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return asked if safe else default


def done(request: HttpRequest, sentence: str, to: str, *args: Any) -> HttpResponse:
    """Say ``sentence`` on the page that follows and go there; htmx is told to load it whole."""
    messages.success(request, sentence)
    response = redirect(to, *args)
    if not is_htmx(request):
        return response
    told = HttpResponse(status=204)
    told["HX-Redirect"] = response["Location"] if isinstance(response, HttpResponseRedirect) else to
    return told
