"""A trace as JSON, for the API and the command line."""

from __future__ import annotations

from typing import Any

from common.money import Money
from payouts.traces.values import Step, Trace


def show_trace(trace: Trace) -> dict[str, Any]:
    """Return a trace as values that JSON can say."""
    return {
        "kind": trace.kind,
        "reference": trace.reference,
        "worker": trace.worker_id,
        "amount": _money(trace.amount),
        "earnings": [
            {
                "id": earning.id,
                "source_key": earning.source_key,
                "description": earning.description,
                "worked_to": earning.worked_to,
                "amount": _money(earning.amount),
            }
            for earning in trace.earnings
        ],
        "parts": [{"words": words, "amount": _money(money)} for words, money in trace.parts],
        "steps": [_step(step) for step in trace.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "id": step.id,
        "title": step.title,
        "at": step.at,
        "actor": step.actor,
        "actor_id": step.actor_id,
        "amount": _money(step.amount),
        "text": step.text,
        "facts": [{"label": label, "value": value} for label, value in step.facts],
    }


def _money(money: Money | None) -> dict[str, Any] | None:
    return None if money is None else {"amount_minor": money.amount_minor, "currency": money.currency}
