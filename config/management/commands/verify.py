"""``manage.py verify``: compute again everything that can be, and name what differs."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError, connection, transaction

from common.verification import CheckResult, list_checks, run_checks
from config.environment import read_environment
from config.services.binaries import ServiceError
from config.services.embedded import database_running


class Command(BaseCommand):
    """Runs every registered check over one unchanging view of the database. Exits 1 if anything differs.

    The embedded PostgreSQL is started if it does not run, and stopped again.
    """

    help = "Compute the books and what stands on them again; exit 1 and name each difference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--check", action="append", metavar="NAME", help="run only this check (repeatable)")
        parser.add_argument("--list", action="store_true", help="list the checks and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self.stdout.write("\n".join(list_checks()))
            return
        unknown = sorted(set(options["check"] or ()) - set(list_checks()))
        if unknown:
            raise CommandError(f"There is no check {', '.join(unknown)}; --list names them.")
        try:
            with database_running(read_environment()):
                results = _run_on_one_view(options["check"])
        except ServiceError as error:
            raise CommandError(str(error)) from None
        except (ProgrammingError, OperationalError) as error:
            if connection.in_atomic_block:
                raise
            raise CommandError(f"{str(error).strip()}\nRun manage.py migrate first.") from error
        self._print(results, as_json=options["json"])
        if not all(result.is_ok for result in results):
            raise SystemExit(1)

    def _print(self, results: list[CheckResult], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(_as_json(results)))
            return
        for result in results:
            verdict = "ok" if result.is_ok else f"{len(result.findings)}{' or more' if result.has_more else ''} differ"
            self.stdout.write(f"{result.name}: {verdict} ({result.duration_ms} ms)")
            for finding in result.findings:
                self.stdout.write(f"  {finding.subject}: {finding.detail}")


def _run_on_one_view(names: list[str] | None) -> list[CheckResult]:
    if connection.in_atomic_block:
        return run_checks(names)
    with transaction.atomic():
        with connection.cursor() as cursor:
            # What is posted meanwhile must not look like a difference.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return run_checks(names)


def _as_json(results: list[CheckResult]) -> dict[str, Any]:
    return {
        "ok": all(result.is_ok for result in results),
        "differences": sum(len(result.findings) for result in results),
        "checks": [
            {
                "name": result.name,
                "ok": result.is_ok,
                "has_more": result.has_more,
                "duration_ms": result.duration_ms,
                "findings": [{"subject": f.subject, "detail": f.detail} for f in result.findings],
            }
            for result in results
        ],
    }
