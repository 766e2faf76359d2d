"""Correcting quality: planted items with a wrong key, reviewers who were wrong, and what taking them back changed."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.forms import MusterForm
from common.spreadsheets import csv_text
from marketplace.identity.models import Organization, User
from marketplace.identity.queries import organizations_with
from marketplace.portal.queries.planted import name_item, name_items
from marketplace.projects.forms import choose
from quality.facade import (
    KeyFinding,
    find_gold,
    find_reviewer_finding,
    get_withdrawal,
    list_effects,
    list_gold,
    list_key_findings,
    list_remaining_shares,
    list_withdrawals,
    withdraw_gold,
    withdraw_reviewer,
)

CORRECT = "quality.correct"
FORM = ("GET", "HEAD", "POST")


class WithdrawForm(MusterForm):
    """Why something is taken back."""

    words = forms.CharField(
        label="Why",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Read by managers. Everybody whose score moves is told that it did, and by how much.",
    )


class WithdrawReviewerForm(WithdrawForm):
    """In which organization a reviewer's judgments are taken back, and why."""

    field_order = ["tenant", "words"]
    tenant = forms.TypedChoiceField(label="Organization", coerce=UUID)


@web.page(CORRECT)
def list_planted(request: web.PageRequest) -> HttpResponse:
    """List planted items, those whose key is likeliest wrong first."""
    web.refuse_unknown_filters(request, [])
    rows = list(list_gold(request.user))
    findings = list_key_findings(rows)
    rows.sort(key=lambda row: (row.retired_at is not None, -_chance_wrong(findings.get(row.id)), row.item_key, row.id))
    page = web.paginate(request, rows)
    names = name_items(row.item_key for row in page)
    items = [
        {"row": row, "name": names[row.item_key], "share": _share(row), "finding": findings.get(row.id)} for row in page
    ]
    return render(request, "portal/planted_items.html", {"page": page, "items": items})


def _chance_wrong(finding: KeyFinding | None) -> float:
    """Return by what an item is ranked; nothing speaks against one that nobody met."""
    return 0.0 if finding is None else finding.chance_wrong


def _share(row: object) -> float:
    """Return the share of people who found what was planted; 1 where nobody met it."""
    met, hits = getattr(row, "met", 0), getattr(row, "hits", 0)
    return hits / met if met else 1.0


@web.page(CORRECT, methods=FORM)
def withdraw_planted(request: web.PageRequest, gold_id: UUID) -> HttpResponse:
    """Show a planted item's results and take it back if its key is wrong."""
    item = find_gold(request.user, gold_id)
    if item is None:
        raise Http404
    form = WithdrawForm(request.POST or None)
    if request.method == "POST":
        row = web.submit(form, withdraw_gold, gold_id=gold_id, by=request.user, now=clock.now())
        if row is not None:
            return web.done(request, "The item is retired and its results are taken back.", "portal:withdrawal", row.id)
    context = {
        "item": item,
        "name": name_item(item.item_key),
        "share": _share(item),
        "finding": list_key_findings([item]).get(item.id),
        "form": form,
    }
    return render(request, "portal/planted_item.html", context, status=web.form_status(form))


@web.page(CORRECT, methods=FORM)
def withdraw_reviews(request: web.PageRequest, reviewer_id: UUID) -> HttpResponse:
    """Take back what a reviewer judged in an organization."""
    organizations = Organization.objects.filter(
        id__in=organizations_with(request.user, CORRECT), memberships__user_id=reviewer_id
    )
    names = dict(organizations.order_by("name").values_list("id", "name"))
    reviewer = User.objects.filter(id=reviewer_id).first()
    if reviewer is None or not names:
        raise Http404
    form = WithdrawReviewerForm(request.POST or None)
    choose(form.fields["tenant"], [(str(key), name) for key, name in names.items()])
    if request.method == "POST":
        row = web.submit(form, withdraw_reviewer, reviewer_id=reviewer_id, by=request.user, now=clock.now())
        if row is not None:
            return web.done(request, "The reviewer’s judgments are taken back.", "portal:withdrawal", row.id)
    found = [(name, find_reviewer_finding(reviewer_id, str(key))) for key, name in names.items()]
    findings = [(name, finding) for name, finding in found if finding is not None]
    context = {"reviewer": reviewer, "form": form, "findings": findings}
    return render(request, "portal/withdraw_reviewer.html", context, status=web.form_status(form))


@web.page(CORRECT)
def list_all(request: web.PageRequest) -> HttpResponse:
    """List what was taken back, the newest first."""
    web.refuse_unknown_filters(request, [])
    page = web.paginate(request, list_withdrawals(request.user).order_by("-at", "-id"))
    names = name_items(row.gold.item_key for row in page if row.gold is not None)
    rows = [(row, "" if row.gold is None else names[row.gold.item_key]) for row in page]
    return render(request, "portal/withdrawals.html", {"page": page, "rows": rows})


@web.page(CORRECT)
def show_one(request: web.PageRequest, withdrawal_id: UUID) -> HttpResponse:
    """Show a withdrawal and every score that it moved."""
    row = get_withdrawal(request.user, withdrawal_id)
    page = web.paginate(request, list_effects(row))
    remaining = list_remaining_shares(row)
    context = {
        "withdrawal": row,
        "name": "" if row.gold is None else name_item(row.gold.item_key),
        "page": page,
        "effects": [(effect, remaining.get((effect.worker_id, effect.scope_id))) for effect in page],
    }
    return render(request, "portal/withdrawal.html", context)


@web.page(CORRECT)
def download(request: web.PageRequest, withdrawal_id: UUID) -> HttpResponse:
    """Answer as CSV what a withdrawal changed: one line a person and scope, shares of 0..1."""
    row = get_withdrawal(request.user, withdrawal_id)
    header = ["person", "worker_id", "domain", "locale", "task_kind", "judgments_taken_back"]
    header += ["before", "low90_before", "high90_before", "after", "low90_after", "high90_after"]
    header += ["still_counts"]
    remaining = list_remaining_shares(row)
    lines = [
        [
            effect.worker.get_full_name(),
            str(effect.worker_id),
            effect.scope.domain,
            effect.scope.locale,
            effect.scope.task_kind,
            effect.judgments,
            *(round(value, 6) for value in (effect.mean_before, effect.low90_before, effect.high90_before)),
            *(round(value, 6) for value in (effect.mean_after, effect.low90_after, effect.high90_after)),
            _rounded(remaining.get((effect.worker_id, effect.scope_id))),
        ]
        for effect in list_effects(row)
    ]
    answer = HttpResponse(csv_text(header, lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="withdrawal-{row.at:%Y-%m-%d}.csv"'
    return answer


def _rounded(share: float | None) -> float | str:
    return "" if share is None else round(share, 6)
