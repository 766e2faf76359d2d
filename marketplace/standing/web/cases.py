"""Cases on pages: one's own standing, what waits for managers and operators, a proposal, and one case with all it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from common.permissions import has_grant
from marketplace.experts.queries import list_restrictions
from marketplace.identity.models import User
from marketplace.standing import commands
from marketplace.standing.case_forms import (
    AnswerForm,
    AppealCaseForm,
    DecideCaseForm,
    ExtendForm,
    HearForm,
    TakeUpForm,
    TurnDownForm,
    UrgentForm,
)
from marketplace.standing.case_trail import case_steps, checks_of, named_scope, reasons_of, stays_safe
from marketplace.standing.models import Case
from marketplace.standing.queries import (
    count_cases,
    find_answer_draft,
    find_case_of,
    find_pause_impact,
    get_case,
    list_cases,
    list_units,
    may_answer,
    may_appeal,
    why_not_decide_case,
    why_not_hear_appeal,
)
from marketplace.standing.rules import DECIDE_CASES, OPEN_CASES
from quality import facade as quality

FORM = ("GET", "HEAD", "POST")

type Act = tuple[Any, Callable[..., object], str]


@web.page("appeals.open")
def show_standing(request: web.PageRequest) -> HttpResponse:
    """Show one's own standing: what is closed, since when and why, and every case."""
    now = clock.now()
    rows = list_cases(request.user).filter(worker=request.user)
    context = {
        "restrictions": list_restrictions(request.user.pk, now=now),
        "page": web.paginate(request, rows),
        "numbers": count_cases(now=now),
    }
    return render(request, "standing/standing.html", context)


@web.page(OPEN_CASES, "audit.read")
def list_to_look_at(request: web.PageRequest) -> HttpResponse:
    """Show open proposals, and the cases of one's organizations; to operators all."""
    rows = list_cases(request.user).exclude(worker=request.user)
    proposals = quality.list_proposals(request.user)
    names = _names_of([row.worker_id for row in proposals])
    context = {
        "proposals": [(row, names.get(row.worker_id, "")) for row in proposals],
        "page": web.paginate(request, rows),
        "numbers": count_cases(now=clock.now()),
        "may_open": has_grant(request.user, OPEN_CASES),
        "may_see_impact": has_grant(request.user, DECIDE_CASES) or has_grant(request.user, "audit.read"),
    }
    return render(request, "standing/cases.html", context)


@web.page(DECIDE_CASES, "audit.read")
def show_impact(request: web.PageRequest) -> HttpResponse:
    """Show whether pauses fall on people of one country more than on the others."""
    impact = find_pause_impact(request.user, now=clock.now())
    stages = [
        ("Pause proposed by the gates", "proposed", impact.proposed, impact.proposed_elsewhere),
        ("Paused by people", "paused", impact.paused, impact.paused_elsewhere),
    ]
    return render(request, "standing/impact.html", {"people": impact.people, "stages": stages})


@web.page(OPEN_CASES, "audit.read", methods=FORM)
def show_proposal(request: web.PageRequest, proposal_id: UUID) -> HttpResponse:
    """Show what a proposal rests on; take it up as a case, or turn it down with a reason."""
    proposal = quality.get_visible_proposal(request.user, proposal_id)
    is_turned_down = request.POST.get("do") == "turn_down"
    take_up = TakeUpForm(None if is_turned_down else request.POST or None)
    turn_down = TurnDownForm((request.POST or None) if is_turned_down else None)
    given = {"proposal_id": proposal_id, "by": request.user, "now": clock.now()}
    if is_turned_down and web.submit(turn_down, quality.turn_down_proposal, **given) is not None:
        return web.done(request, "The proposal is turned down. The person is not told.", "standing:cases")
    if request.method == "POST" and not is_turned_down:
        case = web.submit(take_up, commands.open_case, **given)
        if case is not None:
            return web.done(request, "The case is open and the person is told.", "standing:case", case.id)
    context = {
        "proposal": proposal,
        "name": _names_of([proposal.worker_id]).get(proposal.worker_id, ""),
        "case": find_case_of(request.user, proposal_id),
        "scope": named_scope(proposal.scope),
        "checks": checks_of(proposal.evidence),
        "why": reasons_of(proposal.evidence),
        "take_up": take_up,
        "turn_down": turn_down,
        "may_open": has_grant(request.user, OPEN_CASES),
    }
    refused = turn_down if is_turned_down else take_up
    return render(request, "standing/proposal.html", context, status=web.form_status(refused))


@web.page("appeals.open", OPEN_CASES, DECIDE_CASES, "audit.read", methods=FORM)
def show_case(request: web.PageRequest, case_id: UUID) -> HttpResponse:
    """Show a case from signal to appeal, with what the reader can do now."""
    case, now = get_case(request.user, case_id), clock.now()
    acts = _acts_of(request, case)
    done = acts.get(request.POST.get("do", ""))
    if request.method == "POST" and done is not None:
        form, command, sentence = done
        if web.submit(form, command, case_id=case_id, by=request.user, now=now) is not None:
            return web.done(request, sentence, "standing:case", case.id)
    is_own = case.worker_id == request.user.pk
    forms = {name: act[0] for name, act in acts.items()}
    if request.POST.get("do") == "draft" and "draft" in forms:
        forms["answer"] = forms["draft"]
    found = list_units(case, request.user)
    context = {
        "case": case,
        "forms": forms,
        "units": web.paginate(request, found.units),
        "are_counted": found.are_counted,
        "may_dispute": "answer" in forms,
        "draft": find_answer_draft(case) if is_own else None,
        "is_own": is_own,
        "scope": named_scope(case.scope),
        "checks": checks_of(case.evidence),
        "why": reasons_of(case.evidence),
        "safe": stays_safe(case, now),
        "steps": case_steps(case, is_own=is_own),
        "numbers": count_cases(now=now),
        "now": now,
        "why_not": _why_not(request.user, case),
    }
    status = 200 if done is None else web.form_status(done[0])
    return render(request, "standing/case.html", context, status=status)


def _names_of(worker_ids: Sequence[UUID]) -> dict[UUID, str]:
    return dict(User.objects.filter(id__in=worker_ids).values_list("id", "full_name"))


def _why_not(user: Any, case: Case) -> str:
    if case.state in (Case.State.OPENED, Case.State.ANSWERING):
        return why_not_decide_case(user, case)
    return why_not_hear_appeal(user, case) if case.state == Case.State.APPEALED else ""


def _acts_of(request: web.PageRequest, case: Case) -> dict[str, Act]:
    """Return what the reader can do now, by the name that the button sends: the form, the command and what it says after."""
    asked = request.POST.get("do", "") if request.method == "POST" else ""

    def bound(name: str, form: type[Any], **kwargs: Any) -> Any:
        return form(request.POST if asked == name else None, **kwargs)

    is_own = case.worker_id == request.user.pk
    return _acts_of_worker(case, bound) if is_own else _acts_of_decider(request.user, case, bound)


def _acts_of_worker(case: Case, bound: Callable[..., Any]) -> dict[str, Act]:
    acts: dict[str, Act] = {}
    now = clock.now()
    if may_answer(case, now=now):
        draft = find_answer_draft(case)
        start = {"text": draft.text if draft else case.answer_text}
        acts["answer"] = (
            bound("answer", AnswerForm, initial=start),
            commands.answer_case,
            "Your answer is with the case.",
        )
        saved = "Your draft is saved. Nobody else reads it."
        acts["draft"] = (bound("draft", AnswerForm), commands.save_answer_draft, saved)
        if case.extended_at is None:
            acts["extend"] = (bound("extend", ExtendForm), commands.extend_answer, "You have seven more days.")
    if may_appeal(case, now=now):
        form = bound("appeal", AppealCaseForm)
        acts["appeal"] = (form, commands.appeal_case, "Your appeal is open. Somebody uninvolved hears it.")
    return acts


def _acts_of_decider(user: Any, case: Case, bound: Callable[..., Any]) -> dict[str, Act]:
    acts: dict[str, Act] = {}
    if case.decided_at is None and not why_not_decide_case(user, case):
        form = bound("decide", DecideCaseForm, case=case)
        acts["decide"] = (form, commands.decide_case, "The case is decided and the person is told.")
        if case.kind == Case.Kind.PAUSE and case.urgent_at is None:
            acts["urgent"] = (bound("urgent", UrgentForm), commands.pause_urgently, "The scope is closed for 72 hours.")
    if case.state == Case.State.APPEALED and not why_not_hear_appeal(user, case):
        form = bound("hear", HearForm, case=case)
        acts["hear"] = (form, commands.decide_case_appeal, "The appeal is decided and the person is told.")
    return acts
