"""Bars: what is asked of each scope, since when and why; set here by those who may."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from common.errors import NotPermitted
from common.forms import LocaleField, StrictForm
from common.permissions import has_grant
from marketplace.identity.models import User
from marketplace.projects.forms import choose, node_choices
from marketplace.projects.models import Project
from marketplace.taxonomy.models import TaxonomyNode
from quality.facade import ScopeCodes, get_default_bars, list_bar_history, set_bars

SET = "bars.set"
READ = "proposals.decide"


class BarsForm(StrictForm):
    """New bars of a scope, in points of 100; a part left open means any."""

    domain = forms.ChoiceField(label="Field", required=False)
    task_kind = forms.ChoiceField(
        label="Kind of task", required=False, choices=[("", "Any"), *Project.TaskKind.choices]
    )
    locale = LocaleField(label="Language variety", required=False, help_text="A tag such as de-DE; empty for any.")
    bar = forms.FloatField(label="Bar, points of 100", help_text="Who is surely below it can be proposed for a pause.")
    promote_bar = forms.FloatField(
        label="Bar of promotion, points of 100", help_text="Who is surely above it can be proposed for a promotion."
    )
    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["domain"], [("", "Any: all work"), *node_choices(TaxonomyNode.Kind.DOMAIN)])


@web.page(READ, SET, "audit.read", methods=("GET", "HEAD", "POST"))
def show_bars(request: web.PageRequest) -> HttpResponse:
    """Show every bar with its time and reason, the newest first; who may sets another."""
    web.refuse_unknown_filters(request, [])
    may_set = has_grant(request.user, SET)
    if request.method == "POST" and not may_set:
        raise NotPermitted("Bars are set by the operators.")
    form = BarsForm(request.POST or None)
    if request.method == "POST" and web.submit(form, _set, by=request.user, now=clock.now()) is not None:
        return web.done(request, "The bars are in force from now on.", "portal:bars")
    history = list_bar_history()
    page = web.paginate(request, history)
    names = dict(User.objects.filter(id__in={row.set_by_id for row in page}).values_list("id", "full_name"))
    context = {
        "page": page,
        "rows": [(row, names.get(row.set_by_id, "")) for row in page],
        "default": get_default_bars(),
        "form": form if may_set else None,
    }
    return render(request, "portal/bars.html", context, status=web.form_status(form))


def _set(
    *,
    domain: str,
    task_kind: str,
    locale: str,
    bar: float,
    promote_bar: float,
    reason: str,
    by: User,
    now: datetime,
) -> object:
    scope = ScopeCodes(domain, locale, task_kind)
    return set_bars(scope=scope, bar=bar / 100, promote_bar=promote_bar / 100, reason=reason, by=by, now=now)
