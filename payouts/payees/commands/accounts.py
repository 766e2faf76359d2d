"""Setting up how one is paid, and taking over what the provider says of it.

The provider is called outside any transaction: what is to be done is committed first, what came of it afterwards.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction

from common import audit, states
from common.authentication import require_recent_login
from common.codes import check_country
from common.currencies import get_currency
from common.erasure import erased_people, is_erased
from common.errors import InvalidInput, NotPermitted
from common.events import publish
from common.text import clean_name
from payouts.events import PayeeReady
from payouts.payees.commands.holds import place
from payouts.payees.commands.screening import hold_duplicates, screen_payee
from payouts.payees.errors import CountryNotPayable, PayeeFixed, ProviderNotReachable, UnknownPayee
from payouts.payees.models import Payee, PayeeHold
from payouts.payees.queries import judge
from payouts.payees.rules import state_from
from payouts.rails.base import AccountFacts, Link, PayeeOrder, ProviderUnavailable
from payouts.rails.capabilities import find_route
from payouts.rails.registry import get_rail

_REFRESHED = (
    "requirements",
    "refreshed_at",
    "ready_at",
    "bank_fingerprint",
    "bank_last4",
    "bank_name",
    "destination_changed_at",
)
#: A payee that others change while the provider is asked is asked about again, this often.
_REFRESH_ROUNDS = 5

logger = logging.getLogger(__name__)


def register_payee(
    *,
    worker_id: UUID,
    legal_name: str,
    country: str,
    currency: str,
    by: Any,
    now: datetime,
    authenticated_at: datetime | None = None,
) -> Payee:
    """Say how one wants to be paid; the same again changes nothing, a new name is taken over.

    ``authenticated_at`` is when ``by`` last proved who they are in the session that asks.

    Raises:
        ReauthRequired: there is a bank account already, and the proof is older than ten minutes.
        NotPermitted: ``by`` is somebody else.
        InvalidInput: a name, country or currency that can't be.
        CountryNotPayable: no rail reaches the country and currency yet; nothing is kept.
        PayeeFixed: an account exists already and country or currency differ.
    """
    if by.pk != worker_id:
        raise NotPermitted("Everyone sets up their own payout method.")
    name, country, currency = _checked(legal_name, country, currency)
    route = find_route(country, currency, on=now.date())
    if not route.is_available:
        raise CountryNotPayable(route.words)
    with transaction.atomic():
        # The user's row is locked first, so that two first registrations wait for each other.
        get_user_model()._default_manager.select_for_update(of=("self",)).get(pk=worker_id)
        payee = Payee.objects.select_for_update().filter(worker_id=worker_id).first()
        if payee is None:
            payee = Payee.objects.create(
                worker_id=worker_id,
                legal_name=name,
                country=country,
                currency=currency,
                rail=route.rail,
                created_at=now,
            )
            audit.record(action="payee.registered", target=payee, by=by.pk, now=now)
            screen_payee(payee, now=now)
            return payee
        if (payee.country, payee.currency) != (country, currency) and payee.account_id:
            raise PayeeFixed
        if (payee.legal_name, payee.country, payee.currency) != (name, country, currency):
            _require_fresh(payee, authenticated_at, now)
            payee.legal_name, payee.country, payee.currency, payee.rail = name, country, currency, route.rail
            payee.version += 1
            payee.save(update_fields=["legal_name", "country", "currency", "rail", "version"])
            audit.record(action="payee.changed", target=payee, by=by.pk, now=now)
            screen_payee(payee, now=now)
        return payee


def _checked(legal_name: str, country: str, currency: str) -> tuple[str, str, str]:
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("/legal_name", lambda: clean_name(legal_name)),
        ("/country", lambda: check_country(country)),
        ("/currency", lambda: get_currency(currency).code),
    )
    values = []
    for pointer, check in checks:
        try:
            values.append(check())
        except ValueError as error:
            raise InvalidInput.of(pointer, f"{error}.") from error
    return values[0], values[1], values[2]


def _require_fresh(payee: Payee, authenticated_at: datetime | None, now: datetime) -> None:
    """Return only if nobody but the person can be changing where money goes that goes somewhere already."""
    if payee.destination_changed_at is not None:
        require_recent_login(authenticated_at, now=now)


def start_onboarding(
    *,
    worker_id: UUID,
    return_url: str,
    refresh_url: str,
    by: Any,
    now: datetime,
    authenticated_at: datetime | None = None,
) -> Link:
    """Return the provider's page on which a worker enters or changes their bank details.

    Repeating it after a crash finds the same account: the provider's key is the payee's own id. ``authenticated_at`` is
    when ``by`` last proved who they are in the session that asks.

    Raises:
        NotPermitted: ``by`` is somebody else.
        UnknownPayee: nothing was registered.
        ReauthRequired: there is a bank account already, and the proof is older than ten minutes.
        ProviderNotReachable: the provider gave no usable answer.
    """
    if by.pk != worker_id:
        raise NotPermitted("Everyone sets up their own payout method.")
    payee = Payee.objects.select_related("worker").filter(worker_id=worker_id).first()
    if payee is None:
        raise UnknownPayee("Say first how you want to be paid.")
    _require_fresh(payee, authenticated_at, now)
    rail = get_rail(payee.rail)
    try:
        if not payee.account_id:
            order = PayeeOrder(payee.id, payee.legal_name, payee.worker.email, payee.country, payee.currency)
            payee = _keep_account(payee.id, rail.open_account(order), by=by.pk, now=now)
        return rail.onboarding_link(
            account_id=payee.account_id,
            return_url=return_url,
            refresh_url=refresh_url,
            is_update=payee.ready_at is not None,
        )
    except ProviderUnavailable as error:
        raise ProviderNotReachable from error


def _keep_account(payee_id: UUID, account_id: str, *, by: UUID, now: datetime) -> Payee:
    with transaction.atomic():
        payee = Payee.objects.select_for_update().get(id=payee_id)
        if not payee.account_id:
            states.move(payee, Payee.State.COLLECTING, by=by, now=now, also={"account_id": account_id})
        return payee


def refresh_payee(*, payee_id: UUID, now: datetime) -> Payee:
    """Take over what the provider says of a payee's account; news of readiness or a new bank account is published.

    A newer word is never overwritten by an older one: if the row changed while the provider was asked, it is asked
    again.

    Raises:
        UnknownPayee: there is no such payee.
        ProviderNotReachable: the provider gave no usable answer; nothing changed.
    """
    for _ in range(_REFRESH_ROUNDS):
        payee = Payee.objects.filter(id=payee_id).first()
        if payee is None:
            raise UnknownPayee
        if not payee.account_id or is_erased(payee.worker_id):
            return payee  # what the provider still knows of an erased person is not taken over again
        try:
            facts = get_rail(payee.rail).retrieve_account(payee.account_id)
        except ProviderUnavailable as error:
            raise ProviderNotReachable from error
        refreshed = _take_over(payee_id, payee.version, facts, now)
        if refreshed is not None:
            hold_duplicates(bank_fingerprint=refreshed.bank_fingerprint, now=now)
            return refreshed
    raise ProviderNotReachable("The payout method keeps changing. Try again in a minute.")


def refresh_account(*, account_id: str, now: datetime) -> bool:
    """Refresh the payee of a provider's account, and say whether there is one."""
    payee_id = Payee.objects.filter(account_id=account_id).values_list("id", flat=True).first()
    if payee_id is None:
        return False
    refresh_payee(payee_id=payee_id, now=now)
    return True


def _take_over(payee_id: UUID, version: int, facts: AccountFacts, now: datetime) -> Payee | None:
    with transaction.atomic():
        payee = Payee.objects.select_for_update().get(id=payee_id)
        if payee.version != version:
            return None
        was_payable = judge(payee, payee.currency, now).is_ready
        _note_bank(payee, facts, now)
        payee.requirements = list(facts.requirements)
        payee.refreshed_at = now
        state = state_from(
            transfers=facts.transfers_status,
            payouts=facts.payouts_status,
            was_ready=payee.ready_at is not None,
            has_bank=bool(facts.bank_fingerprint),
        )
        if state == Payee.State.ACTIVE and payee.ready_at is None:
            payee.ready_at = now
        also = {name: getattr(payee, name) for name in _REFRESHED}
        if state != payee.state:
            states.move(payee, state, by=None, now=now, also=also)
        else:
            states.save_state(payee, also=also)
        if judge(payee, payee.currency, now).is_ready and not was_payable:
            publish(PayeeReady(worker_id=payee.worker_id, currency=payee.currency), now=now)
        return payee


def _note_bank(payee: Payee, facts: AccountFacts, now: datetime) -> None:
    """Keep which bank account it is; another one in the place of one in use starts the hold."""
    payee.bank_name = facts.bank_name
    if facts.bank_fingerprint == payee.bank_fingerprint:
        return
    # Also when the one before was taken away first: else an hour without an account would lift the hold.
    replaced = payee.destination_changed_at is not None
    payee.bank_fingerprint, payee.bank_last4 = facts.bank_fingerprint, facts.bank_last4
    payee.destination_changed_at = now
    if not replaced:
        return
    place(
        payee,
        PayeeHold.Kind.DESTINATION_CHANGED,
        subject=f"{payee.bank_fingerprint}:{now.isoformat()}",
        now=now,
        ends=True,
    )
    audit.record(action="payee.destination_changed", target=payee, by=None, now=now)


def compare_destinations(*, now: datetime) -> tuple[int, list[UUID]]:
    """Ask the provider for the bank account of every payee, and return how many were asked and whose it could not say.

    What a lost webhook hid is found here: an account that is not the one we know starts the same hold.
    """
    payees = (
        Payee.objects.exclude(account_id="")
        .exclude(worker_id__in=erased_people())
        .order_by("id")
        .values_list("id", flat=True)
    )
    missed = []
    for payee_id in (ids := list(payees)):
        try:
            refresh_payee(payee_id=payee_id, now=now)
        except ProviderNotReachable:
            logger.exception("payouts.payee.not_compared", extra={"payee_id": str(payee_id)})
            missed.append(payee_id)
    return len(ids), missed
