"""How an account looks from outside: the v1 and the v2 object, with what is still wanted from the person.

Source: https://docs.stripe.com/api/v2/core/accounts and https://docs.stripe.com/api/accounts/object
"""

from payouts.sandbox.errors import invalid
from payouts.sandbox.holders import bank_accounts, bank_status, can_pay_out, default_bank, transfers_status
from payouts.sandbox.store import Document
from payouts.sandbox.world import World, iso, public

_INCLUDABLE = {"configuration.recipient", "defaults", "identity", "requirements", "future_requirements"}
_INCLUDABLE_EMPTY = {"configuration.customer", "configuration.merchant"}


def _due(world: World, account: Document) -> list[str]:
    wanted = []
    if not account["submitted"]:
        wanted = ["individual.first_name", "individual.last_name", "tos_acceptance.date"]
    bank = default_bank(world, account["id"])
    if bank is None or bank["status"] == "errored":
        wanted.append("external_account")
    if account["restricted"]:
        wanted.append("individual.verification.document")
    return wanted


_V2_NAMES = {
    "individual.first_name": "identity.individual.given_name",
    "individual.last_name": "identity.individual.surname",
    "tos_acceptance.date": "identity.attestations.terms_of_service.account.date",
    "external_account": "configuration.recipient.default_outbound_destination",
    "individual.verification.document": "identity.individual.documents.primary_verification.front_back",
}


# The two views


def v1_view(world: World, account: Document) -> Document:
    """Return the account as `/v1/accounts` shows it."""
    status = transfers_status(account)
    due = _due(world, account)
    reason = None if not due else account["restricted"] or "requirements.past_due"
    return {
        "id": account["id"],
        "object": "account",
        "business_type": account["entity_type"],
        "capabilities": {"transfers": status if status in {"active", "pending"} else "inactive"},
        "charges_enabled": False,
        "controller": {
            "type": "application",
            "is_controller": True,
            "fees": {"payer": account["responsibilities"].get("fees_collector") or "application"},
            "losses": {"payments": account["responsibilities"].get("losses_collector") or "application"},
            "requirement_collection": "stripe",
            "stripe_dashboard": {"type": account["dashboard"]},
        },
        "country": account["country"],
        "created": account["created"],
        "default_currency": account["currency"],
        "details_submitted": account["submitted"],
        "email": account["email"],
        "external_accounts": external_accounts(world, account["id"]),
        "metadata": account["metadata"],
        "payouts_enabled": can_pay_out(world, account),
        "requirements": {
            "alternatives": [],
            "current_deadline": None,
            "currently_due": due,
            "disabled_reason": reason,
            "errors": [],
            "eventually_due": due,
            "past_due": due,
            "pending_verification": [] if status != "pending" else ["individual.verification.document"],
        },
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": "express" if account["dashboard"] == "express" else "none",
    }


def external_accounts(world: World, account_id: str) -> Document:
    """Return the list of bank accounts."""
    return {
        "object": "list",
        "data": [public(row.body) for row in bank_accounts(world, account_id)],
        "has_more": False,
        "url": f"/v1/accounts/{account_id}/external_accounts",
    }


def v2_view(world: World, account: Document, include: list[str]) -> Document:
    """Return the account as `/v2/core/accounts` shows it; only the parts asked for."""
    unknown = [name for name in include if name not in _INCLUDABLE | _INCLUDABLE_EMPTY]
    if unknown:
        raise invalid(f"Unknown include value: {unknown[0]}", code="invalid_fields", param="include")
    view: Document = {
        "id": account["id"],
        "object": "v2.core.account",
        "applied_configurations": ["recipient"],
        "closed": False,
        "contact_email": account["email"],
        "created": iso(account["created"]),
        "dashboard": account["dashboard"],
        "display_name": account["display_name"],
        "livemode": False,
        "metadata": account["metadata"],
    }
    parts = {
        "configuration.recipient": ("configuration", _v2_configuration),
        "defaults": ("defaults", _v2_defaults),
        "identity": ("identity", _v2_identity),
        "requirements": ("requirements", _v2_requirements),
    }
    for name in include:
        if name in parts:
            field, build = parts[name]
            view[field] = build(world, account)
    return {name: value for name, value in view.items() if value is not None}


def _v2_configuration(world: World, account: Document) -> Document:
    transfers = transfers_status(account)
    payouts = "active" if can_pay_out(world, account) else ("pending" if transfers == "pending" else "restricted")
    capabilities: Document = {}
    if account["requested"]:
        capabilities["stripe_balance"] = {
            "payouts": _capability("unsupported" if transfers == "unsupported" else payouts),
            "stripe_transfers": _capability(transfers),
        }
    if account.get("banks_requested"):
        status = _capability(bank_status(account))
        capabilities["bank_accounts"] = dict.fromkeys(account["banks_requested"], status)
    return {"recipient": {"applied": True, "capabilities": capabilities}}


def _capability(status: str) -> Document:
    details = {
        "active": [],
        "pending": [{"code": "requirements_pending_verification", "resolution": "no_resolution"}],
        "restricted": [{"code": "requirements_past_due", "resolution": "provide_info"}],
        "unsupported": [{"code": "unsupported_country", "resolution": "no_resolution"}],
    }
    return {"status": status, "status_details": details[status]}


def _v2_defaults(world: World, account: Document) -> Document:
    return {
        "currency": account["currency"],
        "responsibilities": {"requirements_collector": "stripe", **account["responsibilities"]},
    }


def _v2_identity(world: World, account: Document) -> Document:
    return {"country": account["country"].lower(), "entity_type": account["entity_type"]}


def _v2_requirements(world: World, account: Document) -> Document:
    entries = [
        {
            "awaiting_action_from": "user",
            "description": _V2_NAMES[name],
            "errors": [],
            "impact": {
                "restricts_capabilities": [
                    {
                        "capability": "stripe_balance.stripe_transfers",
                        "configuration": "recipient",
                        "deadline": {"status": "past_due"},
                    }
                ]
            },
            "minimum_deadline": {"status": "past_due"},
            "requested_reasons": [{"code": "routine_onboarding"}],
        }
        for name in _due(world, account)
    ]
    if not entries:
        return {"entries": []}
    return {"entries": entries, "summary": {"minimum_deadline": {"status": "past_due"}}}
