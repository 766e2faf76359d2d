"""Who did what, as a page for auditors."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from common import web
from marketplace.identity.queries import list_acts

FILTERS = ("action", "object_type", "object_id")


@web.page("audit.read")
def show_acts(request: web.PageRequest) -> HttpResponse:
    """List acts, newest first."""
    web.refuse_unknown_filters(request, FILTERS)
    filters = {name: value for name in FILTERS if (value := request.GET.get(name, "").strip().replace("\x00", ""))}
    rows = list_acts(request.user, **filters).select_related("actor").order_by("-id")
    return render(request, "identity/acts.html", {"page": web.paginate(request, rows), "filters": filters})
