"""Telling stories of payouts: a stand-in behind the rail, people who can be paid, money they have earned."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import stripe

from common.money import Money
from payouts.ledger.commands import post_entry
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import LineSpec, bank, expense, inflight, payable, stripe_balance
from payouts.payees.commands import refresh_payee, register_payee, start_onboarding
from payouts.payees.models import Payee
from payouts.rails.connect import ConnectRail
from payouts.rails.global_payouts import GlobalRail
from payouts.rails.registry import balance_account
from payouts.sandbox.core import Request, Sandbox
from payouts.sandbox.settings import SandboxSettings
from payouts.sandbox.webhooks import signature_header
from payouts.transfers.commands import PayoutOrder, reserve_payouts, run_due
from payouts.transfers.models import Payout
from tests.payouts.people import NOW
from tests.payouts.support.transport import InProcess, hosted_form

SECRET = "whsec_test"


@dataclass
class Story:
    """A world of one platform: its clock, its stand-in for Stripe, its rail."""

    now: datetime = NOW

    def __post_init__(self) -> None:
        settings = SandboxSettings(webhook_url="http://platform/webhooks/stripe/", webhook_secret=SECRET)
        self.sandbox = Sandbox(settings, clock=lambda: self.now)
        self.transport = InProcess(self.sandbox)
        self.client = stripe.StripeClient(
            settings.api_key,
            base_addresses={"api": "http://stand-in"},
            max_network_retries=0,
            http_client=self.transport,
        )
        self.rail = ConnectRail(self.client)
        self.global_rail = GlobalRail(
            self.client, financial_account=settings.financial_account, funding_method=settings.funding_method
        )

    def pass_time(self, **units: float) -> None:
        self.now += timedelta(**units)
        self.sandbox.advance()

    def switch(self, name: str, **fields: Any) -> None:
        """Change something of the stand-in's world."""
        body = "&".join(f"{key}={value}" for key, value in fields.items()).encode()
        headers = {"authorization": f"Bearer {self.sandbox.settings.api_key}"}
        answer = self.sandbox.handle(Request("POST", f"/_sandbox/{name}", headers=headers, body=body))
        assert answer.status == 200, answer.body

    def fund(self, money: Money, *, rail: str = "connect") -> None:
        """Let the platform hold money at the provider, in its books too."""
        name = {"connect": "fund", "global": "fund_financial_account"}[rail]
        self.switch(name, amount=money.amount_minor, currency=money.currency.lower())
        line = LineSpec(balance_account(rail, money.currency), bank(money.currency), money)
        self._post(f"fund:{rail}:{self.now}", "TOP_UP", line)

    def earn(self, worker: Any, money: Money) -> None:
        """Let the platform owe a worker money."""
        line = LineSpec(expense("work", money.currency), payable(worker.id, money.currency), money)
        self._post(f"earn:{worker.id}:{self.now}", "EARNING", line)

    def _post(self, key: str, kind: str, line: LineSpec) -> None:
        post_entry(
            idempotency_key=key,
            kind=kind,
            effective_on=self.now.date(),
            lines=[line],
            source="story",
            by=None,
            now=self.now,
        )

    def onboard(
        self, worker: Any, *, number: str = "DE89370400440532013000", country: str = "DE", currency: str = "EUR"
    ) -> Payee:
        """Let a worker set up how they are paid, through the hosted form."""
        payee = register_payee(
            worker_id=worker.id,
            legal_name=worker.full_name,
            country=country,
            currency=currency,
            by=worker,
            now=self.now,
        )
        self.fill_in_form(worker, number=number)
        return refresh_payee(payee_id=payee.id, now=self.now)

    def mend_bank(self, worker: Any, *, number: str = "DE02120300000000202051") -> Payee:
        """Let a worker whose bank sent money back enter another account."""
        self.fill_in_form(worker, number=number)
        return refresh_payee(payee_id=Payee.objects.get(worker=worker).id, now=self.now)

    def fill_in_form(self, worker: Any, *, number: str) -> None:
        link = start_onboarding(
            worker_id=worker.id,
            return_url="http://platform/back",
            refresh_url="http://platform/again",
            by=worker,
            now=self.now,
            authenticated_at=self.now,
        )
        answer = hosted_form(self.sandbox, link.url, account_holder=worker.full_name, account_number=number)
        assert answer.status == 303

    def reserve(self, worker: Any, money: Money) -> Payout:
        """Reserve one payout for a worker."""
        ids = reserve_payouts(cycle_id=None, lines=[PayoutOrder(worker.id, money)], by=None, now=self.now)
        return Payout.objects.get(id=ids[worker.id])

    def sweep(self, *, hours: float = 0, step_minutes: float = 1) -> None:
        """Run the sweep each minute for a while."""
        run_due(now=self.now)
        for _ in range(int(hours * 60 / step_minutes)):
            self.pass_time(minutes=step_minutes)
            run_due(now=self.now)

    def webhook(self, event: dict[str, Any]) -> tuple[bytes, str]:
        """Return an event as Stripe would send it now: body and signature header."""

        body = json.dumps(event, indent=2).encode()
        return body, signature_header(SECRET, body, int(self.now.timestamp()))

    def events(self, account: str = "") -> list[dict[str, Any]]:
        """Return the provider's events of an account (or of the platform), oldest first."""
        return [row.body for row in self.sandbox.store.listed("event", account)][::-1]

    def transfers(self) -> list[dict[str, Any]]:
        """Return every transfer that the provider ever made."""
        return [row.body for row in self.sandbox.store.listed("transfer", "")]

    def balances(self, worker: Any) -> tuple[int, int, int]:
        """Return (payable, in flight, at the provider) in the books, in cents of EUR."""
        codes = (payable(worker.id, "EUR"), inflight(worker.id, "EUR"), stripe_balance("EUR"))
        payable_, inflight_, stripe_ = (get_balance(code).amount_minor for code in codes)
        return payable_, inflight_, stripe_

    def payments(self) -> list[dict[str, Any]]:
        """Return every outbound payment that the provider ever made, the newest first."""
        return [row.body for row in self.sandbox.store.listed("outbound_payment", "")]

    def is_even_on(self, rail: str, currency: str) -> bool:
        """Say whether the books hold on a rail exactly what the provider says."""
        return get_balance(balance_account(rail, currency)).amount_minor == self.held_on(rail, currency)

    def held_on(self, rail: str, currency: str) -> int:
        """Return what the provider says is available on a rail, in minor units."""
        name = {"connect": "", "global": f"{self.sandbox.settings.financial_account}:available"}[rail]
        return self.sandbox.store.balance(name, currency.lower())[0]

    def is_even(self) -> bool:
        """Say whether the books hold at the provider exactly what the provider says."""
        return get_balance(stripe_balance("EUR")).amount_minor == self.sandbox.store.balance("", "eur")[0]


def euros(amount: int) -> Money:
    return Money(amount * 100, "EUR")
