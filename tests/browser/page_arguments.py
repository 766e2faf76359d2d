"""What a page needs to be shown: arguments, another visitor, another state. Pages that need nothing are not listed.

A page with arguments that is not listed here fails ``test_every_page_passes_axe_in_every_look``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from common import clock
from marketplace.erasure.commands import refuse_request
from marketplace.erasure.models import ErasureRequest
from marketplace.experts.models import Credential
from marketplace.taxonomy.commands import sync_catalogue
from marketplace.taxonomy.queries import find_nodes
from tests.browser import (
    adjustment_stories,
    client_stories,
    exchange_stories,
    finance_stories,
    portal_stories,
    quality_stories,
    standing_stories,
    tax_stories,
    time_stories,
    work_stories,
)
from tests.browser.world import World


@dataclass(frozen=True, slots=True)
class Visit:
    """How to open a page: as ``person`` (a first name; empty = anonymous; None = a holder of its grant)."""

    person: str | None = None
    kwargs: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    status: int = 200
    lands_on: str = ""
    """The path that a redirect leads to, where that is the page."""
    prepare: Callable[[World], dict[str, Any]] | None = None
    """Creates what the page shows and returns its keyword arguments; ``world.things["query"]`` goes before ``query``."""


ANONYMOUS = Visit(person="")


def second_factor(world: World) -> dict[str, Any]:
    """Give Ada an authenticator app and recovery codes."""
    TOTP.activate(world.people["Ada"], generate_totp_secret())
    RecoveryCodes.activate(world.people["Ada"])
    return {}


def organization(world: World) -> dict[str, Any]:
    """Return the arguments of the organization's own pages."""
    return {"organization_id": world.organization.id}


def credential(world: World) -> dict[str, Any]:
    """Let Ada claim a credential that waits for verification."""
    sync_catalogue()
    claimed = Credential.objects.create(
        expert=world.people["Ada"].expert,
        node=find_nodes("", "CREDENTIAL", 1)[0],
        issuer="Colegio de Abogados",
        country="BO",
        valid_from=date(2020, 1, 1),
    )
    return {"credential_id": claimed.id}


def requests_to_be_forgotten(world: World) -> dict[str, Any]:
    """Refuse Emre's first request to be forgotten and return the second, in whose way his role stands."""
    now = clock.now()
    refused = ErasureRequest.objects.create(person=world.people["Emre"], asked_by=world.people["Emre"], asked_at=now)
    words = "Pay day is not over: ask again in a week."
    refuse_request(request_id=refused.id, answer=words, by=world.people["Goran"], now=now)
    asked = ErasureRequest.objects.create(person=world.people["Emre"], asked_by=world.people["Hana"], asked_at=now)
    return {"request_id": asked.id}


def an_own_request(world: World) -> dict[str, Any]:
    """Let Emre, who holds a role that stands in the way, have asked."""
    requests_to_be_forgotten(world)
    return {}


VISITS: dict[str, Visit] = {
    "erasure:own": Visit(person="Emre", prepare=an_own_request),
    "erasure:requests": Visit(person="Goran", prepare=an_own_request),
    "erasure:request": Visit(person="Goran", prepare=requests_to_be_forgotten),
    "experts:credential": Visit(prepare=credential),
    "experts:part": Visit(kwargs={"name": "skills"}),
    "identity:person": Visit(prepare=lambda world: {"user_id": world.people["Emre"].id}),
    "identity:organization": Visit(person="Chen", prepare=organization),
    "identity:members": Visit(person="Chen", prepare=organization),
    "identity:keys": Visit(person="Chen", prepare=organization),
    "styleguide": Visit(person="Goran"),
    "portal:start": ANONYMOUS,
    "portal:welcome": Visit(person="Chen"),
    "portal:join_as_expert": Visit(person="Chen"),
    "portal:home": Visit(prepare=portal_stories.busy_ada),
    "portal:earnings": Visit(prepare=portal_stories.busy_ada),
    "portal:earning": Visit(prepare=portal_stories.an_earning),
    "portal:quality": Visit(person="Ada", prepare=quality_stories.fallen_ada),
    "portal:board": Visit(prepare=portal_stories.busy_ada),
    "portal:project": Visit(person="Chen", prepare=portal_stories.a_project),
    "portal:quality_map": Visit(person="Chen", prepare=quality_stories.fallen_ada),
    "portal:worker_quality": Visit(person="Chen", prepare=quality_stories.fallen),
    "portal:uncertain_items": Visit(person="Chen", prepare=quality_stories.doubtful),
    "portal:bars": Visit(person="Goran", prepare=quality_stories.some_bars),
    "portal:planted_items": Visit(person="Chen", prepare=quality_stories.planted),
    "portal:planted_item": Visit(person="Chen", prepare=quality_stories.a_planted_item),
    "portal:withdraw_reviewer": Visit(person="Chen", prepare=quality_stories.contradicted),
    "portal:withdrawals": Visit(person="Chen", prepare=quality_stories.withdrawals),
    "portal:withdrawal": Visit(person="Chen", prepare=quality_stories.a_withdrawal),
    "projects:edit": Visit(person="Chen", prepare=portal_stories.a_project),
    "projects:guidelines": Visit(person="Chen", prepare=portal_stories.a_project),
    "projects:create_opening": Visit(person="Chen", prepare=portal_stories.a_project),
    "projects:requirements": Visit(person="Chen", prepare=portal_stories.an_opening),
    "projects:add_rate_line": Visit(person="Chen", prepare=portal_stories.an_opening),
    "projects:end_rate_line": Visit(person="Chen", prepare=portal_stories.an_open_rate_line),
    "projects:bill_rates": Visit(prepare=portal_stories.billed),
    "projects:add_bill_rate": Visit(prepare=portal_stories.an_opening),
    "projects:end_bill_rate": Visit(prepare=portal_stories.a_bill_rate),
    "hiring:reject": Visit(person="Chen", prepare=portal_stories.an_application),
    "staffing:openings": Visit(prepare=portal_stories.busy_ada),
    "staffing:opening": Visit(person="Ada", prepare=portal_stories.an_opening),
    "staffing:mine": Visit(person="Ada", prepare=portal_stories.busy_ada),
    "staffing:decline_offer": Visit(person="Ada", prepare=portal_stories.an_offer),
    "staffing:end_engagement": Visit(person="Ada", prepare=portal_stories.an_engagement),
    "staffing:staff_opening": Visit(person="Chen", prepare=portal_stories.a_staffed_opening),
    "staffing:compare": Visit(person="Chen", prepare=portal_stories.two_candidates),
    "staffing:find_candidate": Visit(person="Chen", prepare=portal_stories.a_staffed_opening, query="?q=Emre"),
    "staffing:candidate": Visit(person="Chen", prepare=portal_stories.a_candidate),
    "staffing:rescind_offer": Visit(person="Chen", prepare=portal_stories.an_offer),
    "timesheets:week": Visit(prepare=portal_stories.time_waiting),
    "timesheets:approve": Visit(prepare=portal_stories.time_waiting),
    "timesheets:cut": Visit(person="Bola", prepare=portal_stories.a_waiting_entry),
    "standing:mine": Visit(prepare=portal_stories.appeals_waiting),
    "standing:inbox": Visit(person="Chen", prepare=portal_stories.appeals_waiting),
    "standing:appeal": Visit(person="Chen", prepare=portal_stories.an_appeal),
    "standing:case": Visit(person="Ada", prepare=standing_stories.a_disputed_case),
    "standing:dispute": Visit(person="Ada", prepare=standing_stories.a_harsh_review),
    "standing:cases": Visit(person="Goran", prepare=standing_stories.proposals),
    "standing:impact": Visit(person="Hana", prepare=standing_stories.pauses_by_country),
    "standing:proposal": Visit(person="Goran", prepare=standing_stories.a_proposal),
    "standing:appeal_time": Visit(person="Ada", prepare=portal_stories.a_cut),
    "standing:appeal_review": Visit(person="Ada", prepare=time_stories.a_rejection),
    "notices:list": Visit(person="Ada", prepare=portal_stories.some_notices),
    "notices:webhooks": Visit(person="Chen", prepare=time_stories.an_organization_with_webhooks),
    "notices:webhook": Visit(person="Chen", prepare=time_stories.a_webhook),
    "account_login": ANONYMOUS,
    "account_signup": ANONYMOUS,
    "account_reset_password": ANONYMOUS,
    "account_reset_password_done": ANONYMOUS,
    "account_reset_password_from_key": Visit(person="", kwargs={"uidb36": "1", "key": "used-up"}),
    "account_reset_password_from_key_done": ANONYMOUS,
    "account_confirm_email": Visit(person="", kwargs={"key": "used-up"}),
    "account_email_verification_sent": ANONYMOUS,
    "account_inactive": ANONYMOUS,
    "finance:start": Visit(lands_on="/finance/cycles/", prepare=finance_stories.approval_waiting),
    "finance:cycles": Visit(prepare=finance_stories.approval_waiting),
    "finance:cycle": Visit(person="Fatou", prepare=finance_stories.submitted_cycle),
    "finance:approvals": Visit(prepare=finance_stories.approval_waiting),
    "finance:red_flags": Visit(prepare=finance_stories.approval_waiting),
    "finance:adjustments": Visit(prepare=finance_stories.a_proposed_adjustment),
    "finance:adjustment": Visit(person="Fatou", prepare=finance_stories.an_adjustment),
    "finance:adjustment_imports": Visit(prepare=adjustment_stories.a_proposed_import),
    "finance:adjustment_import": Visit(person="Fatou", prepare=adjustment_stories.an_import),
    "finance:reversals": Visit(prepare=adjustment_stories.a_proposed_reversal),
    "finance:reversal": Visit(person="Fatou", prepare=adjustment_stories.a_reversal),
    "finance:payees": Visit(prepare=finance_stories.some_payees),
    "finance:payee": Visit(prepare=finance_stories.a_payee),
    "finance:payee_holds": Visit(prepare=finance_stories.some_payee_holds),
    "finance:payee_hold": Visit(person="Fatou", prepare=finance_stories.a_payee_hold),
    "portal:payee_hold": Visit(person="Ada", prepare=finance_stories.a_payee_hold),
    "finance:tax_forms": Visit(prepare=finance_stories.some_tax_forms),
    "finance:tax_form": Visit(person="Fatou", prepare=finance_stories.a_tax_form),
    "portal:tax_form": Visit(person="Ada", prepare=finance_stories.some_tax_forms),
    "finance:holds": Visit(prepare=finance_stories.a_placed_hold),
    "finance:hold": Visit(person="Fatou", prepare=finance_stories.an_appealed_hold),
    "finance:reconciliation": Visit(prepare=finance_stories.some_breaks),
    "finance:orphans": Visit(prepare=finance_stories.some_orphans),
    "finance:orphan": Visit(person="Emre", prepare=finance_stories.an_orphan),
    "finance:break": Visit(person="Emre", prepare=finance_stories.a_break),
    "portal:hold": Visit(person="Ada", prepare=finance_stories.a_hold),
    "finance:exceptions": Visit(prepare=finance_stories.some_exceptions),
    "finance:exception": Visit(person="Fatou", prepare=finance_stories.an_exception),
    "finance:payouts": Visit(prepare=finance_stories.some_payouts),
    "finance:journal": Visit(prepare=finance_stories.some_payouts),
    "finance:entry": Visit(person="Emre", prepare=finance_stories.an_entry),
    "finance:balances": Visit(prepare=finance_stories.some_payouts),
    "finance:periods": Visit(prepare=finance_stories.some_months),
    "finance:period": Visit(person="Fatou", prepare=finance_stories.a_month),
    "clients:list": Visit(person="Emre", prepare=client_stories.some_accounts),
    "clients:billing": Visit(person="Chen", prepare=client_stories.some_accounts),
    "clients:account": Visit(person="Emre", prepare=client_stories.an_account),
    "clients:usage": Visit(person="Chen", prepare=client_stories.charged_work),
    "clients:invoices": Visit(person="Emre", prepare=client_stories.some_invoices),
    "clients:invoice": Visit(person="Emre", prepare=client_stories.an_invoice),
    "clients:proposal": Visit(person="Fatou", prepare=client_stories.a_deposit_to_approve),
    "exports:list": Visit(person="Fatou", prepare=finance_stories.some_exports),
    "positions:list": Visit(prepare=exchange_stories.some_positions),
    "positions:settlement": Visit(person="Fatou", prepare=exchange_stories.an_exchange),
    "fx:currency": Visit(person="Ada", prepare=exchange_stories.a_chosen_currency),
    "fx:rates": Visit(prepare=exchange_stories.some_rates),
    "fx:proposal": Visit(person="Fatou", prepare=exchange_stories.a_typed_rate),
    "taxyears:list": Visit(person="Emre", prepare=tax_stories.some_tax_years),
    "taxyears:run": Visit(person="Fatou", prepare=tax_stories.a_tax_year_run),
    "taxes:list": Visit(person="Fatou", prepare=tax_stories.some_taxes),
    "taxes:remittance": Visit(person="Fatou", prepare=tax_stories.a_remittance),
    "statements:list": Visit(person="Fatou", prepare=finance_stories.some_statements),
    "statements:show": Visit(person="Fatou", prepare=finance_stories.a_corrected_statement),
    "traces:show": Visit(person="Fatou", prepare=finance_stories.a_traced_payout),
    "work:mine": Visit(person="Ada", prepare=work_stories.nothing(work_stories.returned)),
    "work:decisions": Visit(person="Ada", prepare=work_stories.nothing(work_stories.returned)),
    "work:claim": Visit(person="Ada", prepare=work_stories.returned_task),
    "work:queue": Visit(person="Dana", prepare=work_stories.nothing(work_stories.handed_in)),
    "work:review": Visit(person="Dana", prepare=work_stories.second_version),
    "work:outcome": Visit(person="Bola", prepare=work_stories.reported_work),
    "work:batches": Visit(person="Bola", prepare=work_stories.nothing(work_stories.batch)),
    "work:batch": Visit(person="Bola", prepare=lambda world: {"batch_id": work_stories.batch(world).id}),
    "work:ranking": Visit(person="Bola", prepare=lambda world: {"project_id": work_stories.project(world).id}),
    "work:import": Visit(person="Bola", prepare=lambda world: {"project_id": work_stories.project(world).id}),
    "work:import_report": Visit(person="Bola", prepare=work_stories.bad_report),
    "mfa_deactivate_totp": Visit(person="Ada", prepare=second_factor),
    "mfa_generate_recovery_codes": Visit(person="Ada", prepare=second_factor),
    "mfa_index": Visit(person="Ada", prepare=second_factor),
    "mfa_reauthenticate": Visit(person="Ada", prepare=second_factor),
    "mfa_view_recovery_codes": Visit(person="Ada", prepare=second_factor),
}

NOT_SHOWN: dict[str, str] = {
    "portal:quality_map_csv": "a file",
    "portal:drift_alarms_csv": "a file",
    "standing:case_units_csv": "a file",
    "portal:uncertain_waiting_csv": "a file",
    "portal:uncertain_rated_csv": "a file",
    "portal:uncertain_labeled_csv": "a file",
    "portal:withdrawal_csv": "a file",
    "portal:open_bank_form": "redirects to the payment provider",
    "portal:close_bank_form": "redirects from there to how one is paid",
    "finance:funds": "a part of the cycles' pages, shown there",
    "finance:progress": "a part of the cycle's page, shown there",
    "finance:period-checks": "a part of the reconciliation page, shown there",
    "work:import_errors": "a CSV file",
    "work:batch_progress": "a part of the batch's page, shown there",
    "account_set_password": "redirects: everyone here has a password",
    "account_confirm_login_code": "redirects: log-in by a code sent by mail is not offered",
    "mfa_authenticate": "a stage of log-in, visited by test_log_in.py",
    "mfa_download_recovery_codes": "a text file",
}
"""Routes that answer no page of their own, each with the reason."""
