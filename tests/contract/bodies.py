"""Bodies that are right as a whole, by operation: where the parts have to fit each other, parts drawn one by one never do.

A made-up request takes one of them and spoils little of it, so that what is behind the first look at a body is tried, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from marketplace.experts.models import Expert
from marketplace.projects.models import Opening, RateLine
from marketplace.staffing.models import Engagement
from marketplace.taxonomy.models import TaxonomyNode
from marketplace.work.models import Review, Submission
from payouts.ledger.models import JournalEntry
from tests.browser.work_stories import FLAWED
from tests.browser.world import World

Bodies = Mapping[str, list[dict[str, Any]]]

EUROS = {"amount_minor": 2500, "currency": "EUR"}
PLACE = {"country": "DE", "timezone": "Europe/Berlin"}
LANGUAGE = {"locale": "de-DE", "modality": "WRITE", "level": "C2"}
REQUIREMENTS = [
    {"kind": "DOMAIN", "node": "linguistics/translation", "level": 3},
    {"kind": "LANGUAGE", "locale": "de-DE", "modality": "WRITE", "language_level": "C1"},
    {"kind": "COUNTRY", "countries": ["DE", "BO"]},
    {"kind": "TIMEZONE", "timezone": "Europe/Berlin", "minutes": 120},
    {"kind": "QUALITY", "is_hard": False, "weight": 3, "share": 0.8},
    {"kind": "RATE", "is_hard": False},
]
PROFILE = {
    "legal_name": "Ada Example",
    "preferred_name": "Ada",
    "residence_country": "BO",
    "tax_country": "BO",
    "bank_country": "DE",
    "timezone": "America/La_Paz",
    "weekly_capacity_minutes": 1800,
    "wish": EUROS,
}
TASKS = [{"external_id": "b-1", "source": "No.", "target": "Nein."}, {"external_id": "b-2", "wanted": 2}]


def write_bodies(world: World, now: datetime) -> Bodies:
    """Return the bodies for this world, by the label of their operation."""
    return _of_people(world, now) | _of_clients(world, now) | _of_hiring(now) | _of_work(now) | _of_money(world, now)


def _of_people(world: World, now: datetime) -> dict[str, list[dict[str, Any]]]:
    code = TaxonomyNode.objects.filter(kind="CREDENTIAL").order_by("code").values_list("code", flat=True)[0]
    skill = {"kind": "DOMAIN", "code": "linguistics/translation", "level": 4}
    me = "/api/v1/experts/me/"
    return {
        f"POST {me}": [PROFILE],
        f"PUT {me}": [PROFILE],
        f"PUT {me}availability/": [{"windows": [{"weekday": 0, "start_minute": 540, "end_minute": 1020}]}],
        f"PUT {me}languages/": [{"languages": [LANGUAGE, {**LANGUAGE, "modality": "READ"}]}],
        f"PUT {me}skills/": [{"skills": [{**skill, "evidence": "Ten years"}]}],
        f"POST {me}credentials/": [{"code": code, "issuer": "Colegio", "country": "BO", "valid_from": "2020-01-01"}],
        "POST /api/v1/experts/{expert_id}/skill-assessments/": [skill],
        "POST /api/v1/experts/{expert_id}/language-assessments/": [LANGUAGE],
        "POST /api/v1/experts/{expert_id}/credentials/{credential_id}/verification/": [
            {"state": "VERIFIED", "method": "Asked the register"},
            {"state": "REFUSED", "method": "Asked the register", "reason_text": "Nobody of this name."},
        ],
        "POST /api/v1/auth/tokens/": [
            {"email": user.email, "password": "a long enough password"} for user in world.people.values()
        ],
    }


def _of_clients(world: World, now: datetime) -> dict[str, list[dict[str, Any]]]:
    organization = "/api/v1/organizations/{organization_id}/"
    project = {
        "code": "law",
        "name": "Review of contracts",
        "domain": "linguistics/translation",
        "locale": "de-DE",
        "task_kind": "rubric",
        "quality_bar": 0.8,
        "budget": {**EUROS, "amount_minor": 5_000_000},
        "starts_at": now.isoformat(),
    }
    scopes = ["projects.read", "work.read"]
    return {
        "POST /api/v1/organizations/": [{"name": "Acme Language", "slug": "acme-language", **PLACE}],
        f"PUT {organization}": [{"name": "Meridian", **PLACE}],
        f"POST {organization}api-keys/": [{"name": "Import", "scopes": scopes, "expires_at": _at(now, days=90)}],
        f"POST {organization}webhook-endpoints/": [{"url": "https://hooks.example.org/m", "events": ["test.ping"]}],
        f"POST {organization}members/": [{"email": world.people["Ines"].email, "role": "REVIEWER"}],
        "POST /api/v1/platform-roles/": [{"email": world.people["Ines"].email, "role": "AUDITOR"}],
        "POST /api/v1/projects/": [{**project, "organization": str(world.organization.id)}],
        "PUT /api/v1/projects/{project_id}/": [{**project, "code": "mqm"}],
        "POST /api/v1/projects/{project_id}/state/": _states("PAUSED", "PRODUCTION", "COMPLETE", "CANCELLED"),
    }


def _of_hiring(now: datetime) -> dict[str, list[dict[str, Any]]]:
    opening, openings = "/api/v1/openings/{opening_id}/", "POST /api/v1/projects/{project_id}/openings/"
    experts = [str(key) for key in Expert.objects.order_by("id").values_list("id", flat=True)]
    lines = [str(key) for key in RateLine.objects.order_by("id").values_list("id", flat=True)]
    closed = {"state": "PRODUCTION"}, {"state": "ENDED", "reason_code": "OTHER", "reason_text": "It is done."}
    wanted = {"title": "Reviewer", "role": "LABELER", "seats": 4, "weekly_cap_minutes": 1200}
    rate = {"side": "BILL", "unit": "HOUR", "rate": EUROS, "effective_from": _at(now, days=1)}
    return {
        openings: [{**wanted, "requirements": REQUIREMENTS}],
        f"PUT {opening}requirements/": [{"requirements": REQUIREMENTS[:count]} for count in (0, 2, 6)],
        f"POST {opening}state/": _states("PAUSED", "CLOSED", "OPEN"),
        f"POST {opening}rate-lines/": [rate, {**rate, "side": "PAY"}],
        f"POST {opening}rate-lines/{{line_id}}/end/": [{"ends_at": _at(now, days=30)}],
        f"POST {opening}invitations/": [{"experts": [each], "expires_at": _at(now, days=9)} for each in experts],
        f"POST {opening}offers/": [
            {"expert": expert, "pay_line": line, "weekly_cap_minutes": 600, "expires_at": _at(now, days=9)}
            for expert in experts
            for line in lines
        ],
        "POST /api/v1/applications/": [{"opening": str(each.id)} for each in Opening.objects.order_by("id")],
        "POST /api/v1/engagements/{engagement_id}/state/": [{"state": "PAUSED"}, *closed],
    }


def _of_work(now: datetime) -> dict[str, list[dict[str, Any]]]:
    claim, batches = "/api/v1/claims/{claim_id}/", "POST /api/v1/projects/{project_id}/batches/"
    engagements = [str(key) for key in Engagement.objects.order_by("id").values_list("id", flat=True)]
    stretch = {"starts_at": _at(now, hours=-40), "ends_at": _at(now, hours=-39), "reason": "The timer was off."}
    report = {"sequence": 1, "kind": "BEAT", "client_at": _at(now, minutes=-1)}
    reason = {"reason_code": "ACCURACY", "reason_text": "The second sentence was left unmarked; see guidelines 2."}
    return {
        f"PUT {claim}draft/": [{"content": FLAWED}],
        f"POST {claim}submit/": [{"content": FLAWED}, {"content": {"errors": []}}],
        batches: [{"name": "part 2", "tasks": TASKS}, {"name": "part 2", "tasks": TASKS, "dry_run": True}],
        "POST /api/v1/submissions/{submission_id}/reviews/": [
            {"decision": "ACCEPT", "scores": {"completeness": 1}},
            {"decision": "RETURN", **reason, "errors": FLAWED["errors"]},
            {"decision": "REJECT", **reason},
        ],
        "POST /api/v1/batches/{batch_id}/outcomes/": [
            {"outcomes": [{"submission_id": str(each), **told}]}
            for each in Submission.objects.filter(state="ACCEPTED").values_list("id", flat=True)
            for told in ({"kind": "KEPT"}, {"kind": "DISCARDED", "reason_text": "The project was given up."})
        ],
        **_of_cases(),
        "POST /api/v1/quality/bars/": [
            {**scope, "bar": 0.7, "promote_bar": 0.9, "reason": "The new guidelines are harder."}
            for scope in ({}, {"domain": "linguistics/translation"}, {"domain": "law", "task_kind": "rubric"})
        ],
        "POST /api/v1/quality/proposals/{proposal_id}/turn-down/": [{"reason": "The guidelines changed last week."}],
        "POST /api/v1/time/entries/": [{"engagement": each, **stretch} for each in engagements],
        "POST /api/v1/time/events/": [
            {"engagement": each, "device": "phone", "events": [report]} for each in engagements
        ],
        "POST /api/v1/time/entries/{entry_id}/cut/": [
            {"approved_seconds": seconds, "reason_code": "NO_OUTPUT", "reason_text": "No work between ten and eleven."}
            for seconds in (0, 60, 7200)
        ],
    }


def _of_cases() -> dict[str, list[dict[str, Any]]]:
    case = "POST /api/v1/cases/{case_id}/"
    words = "Eleven of the last fourteen planted errors were missed, after feedback had been given twice."
    scope = {"domain": "linguistics/translation", "locale": "de-DE", "task_kind": "rubric"}
    workers = [str(key) for key in Expert.objects.order_by("id").values_list("user_id", flat=True)]
    return {
        "POST /api/v1/cases/": [
            {"worker": worker, "kind": "COACH", "report": words, "tried": words, **scope} for worker in workers
        ],
        f"{case}disputes/": [
            {"review": str(key), "text": "Both sentences were marked; see the second row."}
            for key in Review.objects.order_by("id").values_list("id", flat=True)
        ],
        "PUT /api/v1/cases/{case_id}/draft/": [{"text": "I have been doing this for"}, {"text": ""}],
        f"{case}answer/": [{"text": "The guidelines changed in between."}],
        f"{case}appeal/": [{"text": "Nine of the eleven keys were wrong."}],
        f"{case}urgent-pause/": [{"code": "FRAUD", "reason": words}],
        f"{case}decision/": [{"outcome": outcome, "reason": words} for outcome in ("NO_ACTION", "PAUSED")],
        f"{case}appeal/decision/": [{"outcome": "OVERTURNED", "answer": words}],
    }


def _of_money(world: World, now: datetime) -> dict[str, list[dict[str, Any]]]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    why = {"reason_code": "NAME_DIFFERS", "reason_text": "The name at the bank is another than yours."}
    of_ada = {"worker": str(world.people["Ada"].id), "money": {**EUROS, "amount_minor": 100}, **why}
    return {
        "POST /api/v1/finance/cycles/": [
            {"starts_at": _at(midnight, days=-days), "ends_at": midnight.isoformat(), "currency": currency}
            for days, currency in ((7, "USD"), (1, "JPY"))
        ],
        "POST /api/v1/finance/adjustments/": [{"kind": kind, **of_ada} for kind in ("BONUS", "CORRECTION", "CLAWBACK")],
        "POST /api/v1/finance/positions/settlements/": [
            {"sold": EUROS, "bought": dollars, "closed": dollars, "reference_text": "FX-1"}
            for dollars in ({**EUROS, "currency": "USD"}, EUROS)
        ],
        "POST /api/v1/finance/rate-proposals/": [
            {
                "base": "EUR",
                "quote": quote,
                "rate": "1.0832",
                "as_of": _at(now, days=-1),
                "source_text": "The bank's page",
            }
            for quote in ("USD", "EUR")
        ],
        "POST /api/v1/finance/tax-year-runs/": [{"year": 2026}],
        "POST /api/v1/finance/tax-remittances/": [
            {
                "form": "1042",
                "month": midnight.date().isoformat(),
                "money": {**EUROS, "amount_minor": 100},
                "paid_on": midnight.date().isoformat(),
                "reference": "EFT 1",
            }
        ],
        "POST /api/v1/finance/reversals/": [
            {"entry": str(entry_id), **why}
            for entry_id in JournalEntry.objects.filter(kind="EARNING").order_by("id").values_list("id", flat=True)[:3]
        ],
        "POST /api/v1/holds/": [{**of_ada, "currency": "EUR", "ends_at": _at(now, days=6)}],
        "POST /api/v1/finance/periods/{month}/propose/": [{"reason_text": "All is compared."}],
        "POST /api/v1/finance/periods/{month}/keep-open/": [{"reason_text": "A fee is missing."}],
        "PUT /api/v1/payees/me/": [{"legal_name": "Ada Example", "country": "DE", "currency": "EUR"}],
        **_of_clients_money(world, now),
    }


def _of_clients_money(world: World, now: datetime) -> dict[str, list[dict[str, Any]]]:
    account = "POST /api/v1/client-accounts/{account_id}/"
    transfer = {"money": {**EUROS, "amount_minor": 100}, "value_date": f"{now:%Y-%m-%d}"}
    named = {"billing_name": "Meridian Data Ltd", "billing_address": "12 Quay Street\nBristol"}
    return {
        "POST /api/v1/client-accounts/": [
            {"client": str(world.organization.id), "currency": currency, **named} for currency in ("USD", "KWD", "EUR")
        ],
        f"{account}movements/": [
            {"kind": kind, "bank_reference": f"CAMT {kind} {number}", **transfer}
            for kind in ("DEPOSIT", "REFUND")
            for number in range(5)
        ],
        f"{account}invoices/": [{"until": f"{now:%Y-%m-%d}"}],
        "POST /api/v1/client-invoices/{invoice_id}/credit-notes/": [{"reason_text": "The wrong month."}],
        f"{account}terms/": [{"credit_limit_minor": limit, "payment_days": 30} for limit in (0, 500_000)],
    }


def _states(*states: str) -> list[dict[str, Any]]:
    return [{"state": state} for state in states]


def _at(now: datetime, **later: float) -> str:
    return (now + timedelta(**later)).isoformat()
