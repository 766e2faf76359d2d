"""How one is paid: who and where on our page, the bank account on the provider's."""

from __future__ import annotations

from urllib.parse import urlencode, urljoin

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from common import clock, web
from common.authentication import ReauthRequired, authenticated_at
from marketplace.experts.models import Expert
from marketplace.portal.forms import PayoutMethodForm
from payouts.facade import (
    PayeeView,
    ProviderNotReachable,
    earnings_summary,
    find_payee,
    list_payee_holds,
    refresh_payee,
    register_payee,
    start_onboarding,
)

OWN = "payee.self"


@web.page(OWN, methods=("GET", "HEAD", "POST"))
def edit_payout_method(request: web.PageRequest) -> HttpResponse:
    """Show how one is paid and whether anything is missing, and take one's legal name, country and currency."""
    user = request.user
    payee = find_payee(worker_id=user.pk)
    form = PayoutMethodForm(request.POST or None, initial=_known(user.expert, payee), is_open=_is_open(payee))
    if request.method == "POST":
        given = {"worker_id": user.pk, "by": user, "now": clock.now(), "authenticated_at": authenticated_at(request)}
        try:
            saved = web.submit(form, register_payee, **given)
        except ReauthRequired:
            messages.info(request, "Nothing was changed yet. Log in again, then save your change once more.")
            return _prove_first("portal:payout_method")
        if saved is not None:
            words = "Saved." if _is_open(saved) else "Saved. Enter your bank account next."
            return web.done(request, words, "portal:payout_method")
    holds = list_payee_holds(worker_id=user.pk, now=clock.now())
    context = {"form": form, "payee": payee, "is_open": _is_open(payee), "holds": holds}
    return render(request, "portal/payout_method.html", context, status=web.form_status(form))


@web.page(OWN, methods=("GET",))
def open_bank_form(request: web.PageRequest) -> HttpResponse:
    """Go to the provider's page for the bank account.

    By GET: the provider sends people here again when its link has run out, and the policy on contents lets no form lead
    to another host. Repeating it makes no second account. Who has an account already proves first who they are, unless
    they did within the last ten minutes.
    """
    page = urljoin(settings.BASE_URL, reverse("portal:close_bank_form"))
    again = urljoin(settings.BASE_URL, reverse("portal:open_bank_form"))
    try:
        link = start_onboarding(
            worker_id=request.user.pk,
            return_url=page,
            refresh_url=again,
            by=request.user,
            now=clock.now(),
            authenticated_at=authenticated_at(request),
        )
    except ReauthRequired:
        return _prove_first("portal:open_bank_form")
    except ProviderNotReachable as error:
        messages.error(request, error.detail)
        return redirect("portal:payout_method")
    return redirect(link.url)


@web.page(OWN, methods=("GET",))
def close_bank_form(request: web.PageRequest) -> HttpResponse:
    """Come back from the provider's page: ask what it says of the account, and say so."""
    try:
        payee = refresh_payee(worker_id=request.user.pk, now=clock.now())
    except ProviderNotReachable as error:
        messages.error(request, error.detail)
        return redirect("portal:payout_method")
    words = f"You can be paid to {payee.bank} from now on." if payee.is_payable else payee.words
    return web.done(request, words, "portal:payout_method")


def _prove_first(page: str) -> HttpResponse:
    """Go and prove who one is, then back to ``page``."""
    return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': reverse(page)})}")


def _is_open(payee: PayeeView | None) -> bool:
    """Say whether the provider has opened an account, after which country and currency stand."""
    return payee is not None and payee.state != "UNSET"


def _known(expert: Expert, payee: PayeeView | None) -> dict[str, str]:
    if payee is not None:
        return {"legal_name": payee.legal_name, "country": payee.country, "currency": payee.currency}
    earned = earnings_summary(worker_id=expert.user_id)
    currency = earned[0].currency if earned else ""
    return {"legal_name": expert.legal_name, "country": expert.bank_country, "currency": currency}
