"""``manage.py payouts``: the verbs of a pay cycle for operators and outside checks, under the rules of the API."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from common import clock
from common.errors import DomainError, InvalidInput
from common.money import Money
from payouts.adjustments.commands import import_adjustments
from payouts.cycles import commands
from payouts.cycles.models import PayCycle
from payouts.cycles.queries import approvals_missing, totals_of
from payouts.fx.commands import import_rates
from payouts.reconciliation.commands import reconcile_all
from payouts.reconciliation.queries import open_breaks
from payouts.traces.queries import trace
from payouts.traces.shapes import show_trace
from payouts.transfers.commands import run_due


class Command(BaseCommand):
    """Runs one verb as the person named by ``--as``; a refusal exits 1 and says its code."""

    help = "Draft, approve, pay or cancel a pay cycle, or take the next steps that are due."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        draft = self._verb(verbs, "draft", "draft, calculate and submit a cycle")
        draft.add_argument("--currency", required=True, help="ISO 4217 code")
        draft.add_argument("--from", dest="first", required=True, type=_day, help="first day, YYYY-MM-DD, UTC")
        draft.add_argument("--to", dest="end", required=True, type=_day, help="day after the last, YYYY-MM-DD, UTC")
        draft.add_argument("--no-submit", action="store_true", help="leave it calculated")
        for name, words in (
            ("approve", "approve the submitted lines"),
            ("pay", "carry out an approved cycle"),
            ("cancel", "give up a cycle before it is carried out"),
        ):
            verb = self._verb(verbs, name, words)
            verb.add_argument("cycle", type=UUID, help="the cycle's id")
            if name == "cancel":
                verb.add_argument("--reason", required=True, help="why")
        trace_verb = self._verb(verbs, "trace", "show the way of a cent, from the work to the bank and back")
        trace_verb.add_argument(
            "reference",
            help="id of an earning, payout, entry or statement, ST-000001, or the provider's id of a transfer",
        )
        rates = self._verb(verbs, "rates", "import a CSV or JSON file in the form of the ECB's reference rates")
        rates.add_argument("file", type=Path)
        rates.add_argument("--source", required=True, help="whose rates they are, such as ECB")
        rates.add_argument("--base", default="EUR", help="what a CSV file's rates are of one unit of")
        sent = self._verb(verbs, "import-adjustments", "propose every row of a CSV file of adjustments, or none")
        sent.add_argument("file", type=Path, help="the CSV file")
        sent.add_argument("--currency", required=True, help="ISO 4217 code of every amount")
        sent.add_argument("--total", required=True, help="control total: the sum of all amounts, such as 1234.50")
        words = "ask the provider about what has not ended, and compare its balance with the books"
        self._verb(verbs, "reconcile", words, as_whom=False)
        self._verb(verbs, "tick", "take every step that is due", as_whom=False)

    def _verb(self, verbs: Any, name: str, words: str, *, as_whom: bool = True) -> CommandParser:
        verb: CommandParser = verbs.add_parser(name, help=words)
        verb.add_argument("--json", action="store_true", help="print one JSON object")
        if as_whom:
            verb.add_argument("--as", dest="email", required=True, help="e-mail address of who acts")
        return verb

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = getattr(self, f"_{options['verb'].replace('-', '_')}")(options)
        except DomainError as error:
            answer = {"ok": False, "code": error.code, "detail": str(error)}
            if len(error.problems) > 1:
                answer["problems"] = [f"{problem.pointer}: {problem.detail}" for problem in error.problems]
            if not options["json"]:
                raise CommandError(f"{error.code}: {error}") from error
        self.stdout.write(json.dumps(answer, cls=DjangoJSONEncoder) if options["json"] else _as_text(answer))
        if not answer["ok"]:
            raise SystemExit(1)

    def _draft(self, options: dict[str, Any]) -> dict[str, Any]:
        by, now = _person(options["email"]), clock.now()
        cycle = commands.draft_cycle(
            starts_at=options["first"], ends_at=options["end"], currency=options["currency"], by=by, now=now
        )
        commands.calculate(cycle_id=cycle.id, by=by, now=now)
        if not options["no_submit"]:
            commands.submit(cycle_id=cycle.id, by=by, now=now)
        return _show(cycle.id)

    def _approve(self, options: dict[str, Any]) -> dict[str, Any]:
        return _show(commands.approve(cycle_id=options["cycle"], by=_person(options["email"]), now=clock.now()).id)

    def _pay(self, options: dict[str, Any]) -> dict[str, Any]:
        return _show(commands.execute(cycle_id=options["cycle"], by=_person(options["email"]), now=clock.now()).id)

    def _cancel(self, options: dict[str, Any]) -> dict[str, Any]:
        by = _person(options["email"])
        cycle = commands.cancel(cycle_id=options["cycle"], reason_text=options["reason"], by=by, now=clock.now())
        return _show(cycle.id)

    def _import_adjustments(self, options: dict[str, Any]) -> dict[str, Any]:
        try:
            total = Money.from_major(options["total"], options["currency"])
            data = options["file"].read_bytes()
        except (OSError, ValueError) as error:
            raise InvalidInput(f"{error}.") from error
        row, is_new = import_adjustments(
            file_name=options["file"].name,
            data=data,
            control_total=total,
            by=_person(options["email"]),
            now=clock.now(),
        )
        return {"ok": True, "import": str(row.id), "is_new": is_new, "state": row.state, "rows": row.row_count}

    def _trace(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, **show_trace(trace(_person(options["email"]), options["reference"]))}

    def _rates(self, options: dict[str, Any]) -> dict[str, Any]:
        try:
            data = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        outcome = import_rates(
            data=data,
            file_name=options["file"].name,
            source=options["source"],
            base=options["base"],
            by=_person(options["email"]),
            now=clock.now(),
        )
        return {"ok": True, "imported": outcome.imported, "known": outcome.known, "newest": outcome.newest}

    def _reconcile(self, options: dict[str, Any]) -> dict[str, Any]:
        """Take the steps that are due first, so that only what stays different counts; exit 1 if something is unexplained."""
        found, left = commands.recover(now=clock.now())
        taken = self._tick(options)
        now = clock.now()
        runs = reconcile_all(by=None, now=now)
        unexplained = Counter[str]()
        for figure in (figure for run in runs for figure in run.figures.order_by("currency")):
            # Two rails' differences never make up for each other.
            unexplained[figure.currency] += abs(figure.unexplained_minor)
        breaks = len(open_breaks(now))
        return taken | {
            "ok": not any(unexplained.values()) and not breaks and not left,
            "found": found,
            "not_taken_over": left,
            "run": str(runs[0].id),
            "runs": {run.rail: str(run.id) for run in runs},
            "fetched": sum(run.fetched for run in runs),
            "matched": sum(run.matched for run in runs),
            "unexplained": dict(unexplained),
            "open_breaks": breaks,
        }

    def _tick(self, options: dict[str, Any]) -> dict[str, Any]:
        now = clock.now()
        steps = run_due(now=now)
        return {"ok": True, "payouts": steps, "cycles": [str(cycle_id) for cycle_id in commands.tick(now=now)]}


def _day(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)


def _person(email: str) -> Any:
    person = get_user_model().objects.filter(email__iexact=email).first()
    if person is None or not person.is_active:
        raise CommandError(f"There is nobody with the address {email}.")
    return person


def _show(cycle_id: UUID) -> dict[str, Any]:
    cycle = PayCycle.objects.get(id=cycle_id)
    totals = totals_of(cycle)
    return {
        "ok": True,
        "cycle": str(cycle.id),
        "state": cycle.state,
        "currency": cycle.currency,
        "lines_hash": cycle.lines_hash,
        "approvals_missing": approvals_missing(cycle),
        "payouts": totals.payouts,
        "total_minor": totals.total.amount_minor,
        "exceptions": totals.exceptions,
        "version": cycle.version,
    }


def _as_text(answer: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in answer.items())
