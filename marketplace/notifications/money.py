"""What experts are told of holds, debts, adjustments, pay that waits and tax forms. ``handlers`` subscribes these."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse

from common.money import Money
from marketplace.notifications.commands import notify

type Payload = Mapping[str, Any]


def _amount(news: Payload, name: str = "amount_minor") -> str:
    return Money(news[name], news["currency"]).format()


def tell_of_placed_hold(news: Payload, now: datetime) -> None:
    """Tell the expert what is held, what for and until when, and where they appeal."""
    held = _amount(news, "held_minor")
    if news["is_holdback"]:
        title, body = f"{held} is held back", "It is paid by the next cycle after that."
    else:
        what = f"All your pay in {news['currency']}" if news["is_on_all"] else held
        title, body = f"{what} is on hold", "Your money is safe. If this is not right, open the hold and appeal."
    notify(
        user_id=news["worker_id"],
        source_key=f"hold:{news['hold_id']}:placed",
        kind="hold.placed",
        title=title,
        body=f"{news['words']} {body}",
        path=reverse("portal:hold", args=[news["hold_id"]]),
        now=now,
    )


def tell_of_ended_hold(news: Payload, now: datetime) -> None:
    """Tell the expert that held money is payable again, and why."""
    why = f"It was lifted: {news['words']}" if news["state"] == "RELEASED" else "Its time is over."
    notify(
        user_id=news["worker_id"],
        source_key=f"hold:{news['hold_id']}:ended",
        kind="hold.ended",
        title=f"{_amount(news, 'held_minor')} is no longer on hold",
        body=f"{why} The next pay cycle takes the money.",
        path=reverse("portal:earnings"),
        now=now,
    )


_ADJUSTMENTS = {
    "BONUS": ("A bonus of {} for you", "The next pay cycle pays it."),
    "CORRECTION": ("A correction of {} in your favor", "The next pay cycle pays it."),
    "CLAWBACK": ("You owe {}", "A share of each later payment is taken for it; your earnings show what is left."),
}


def tell_of_adjustment(news: Payload, now: datetime) -> None:
    """Tell the expert of a bonus, a correction, or a debt."""
    title, body = _ADJUSTMENTS[news["kind"]]
    notify(
        user_id=news["worker_id"],
        source_key=f"adjustment:{news['adjustment_id']}",
        kind=f"adjustment.{news['kind'].lower()}",
        title=title.format(_amount(news)),
        body=f"{news['words']} {body}",
        path=reverse("portal:earnings"),
        now=now,
    )


def tell_of_recovery(news: Payload, now: datetime) -> None:
    """Tell the expert how much of their debt a payment took, and what is left of it."""
    left = f"You still owe {_amount(news, 'owed_minor')}." if news["owed_minor"] else "Nothing is left of it."
    notify(
        user_id=news["worker_id"],
        source_key=f"{news['source_key']}:recovered",
        kind="debt.recovered",
        title=f"{_amount(news)} was taken for what you owe",
        body=f"Your payment that is being sent now is smaller by it. {left}",
        path=reverse("portal:earnings"),
        now=now,
    )


def tell_of_carried_pay(news: Payload, now: datetime) -> None:
    """Tell the expert that a cycle did not pay them and why; once a cycle, since a line is carried over once."""
    notify(
        user_id=news["worker_id"],
        source_key=f"{news['source_key']}:carried",
        kind="pay.carried_over",
        title=f"{_amount(news)} waits for the next pay cycle",
        body=f"{news['words']} Your money is safe.",
        path=reverse("portal:earnings"),
        now=now,
    )


def tell_of_forgiven_debt(news: Payload, now: datetime) -> None:
    """Tell the expert that they do not owe a clawback any more."""
    notify(
        user_id=news["worker_id"],
        source_key=f"{news['source_key']}:forgiven",
        kind="debt.forgiven",
        title=f"You do not owe {_amount(news)} any more",
        body=news["words"],
        path=reverse("portal:earnings"),
        now=now,
    )


def tell_of_reversal(news: Payload, now: datetime) -> None:
    """Tell the expert that an earning was taken back, and why."""
    notify(
        user_id=news["worker_id"],
        source_key=f"earning:{news['earning_id']}:reversed",
        kind="earning.reversed",
        title=f"{_amount(news)} was taken back: {news['description']}",
        body=f"{news['words']} It is not paid. If this is not right, write to us.",
        path=reverse("portal:earning", args=[news["earning_id"]]),
        now=now,
    )


def tell_of_expiring_tax_form(news: Payload, now: datetime) -> None:
    """Tell the expert until when their tax form counts, and that a new one is needed."""
    notify(
        user_id=news["worker_id"],
        source_key=f"tax_form:{news['form_id']}:{news['days_left']}",
        kind="tax_form.expiring",
        title=f"Your {news['form']} runs out on {news['expires_on']}",
        body="Sign a new one before that day: without it tax may be withheld from your pay, or your pay may wait.",
        path=reverse("portal:tax_form"),
        now=now,
    )
