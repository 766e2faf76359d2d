"""Forget a person and keep the books; write the journal of erasures to a file, and replay it after a restore."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import clock
from common.erasure import Erased
from common.errors import DomainError
from marketplace.erasure import commands
from marketplace.erasure.queries import find_erasure, get_person, outlook_for, read_journal
from marketplace.erasure.rules import JournalLine, read_line, write_line


class Command(BaseCommand):
    """Erases one person as an operator, or says with ``--check`` what stands in the way. Exits 1 if something does.

    ``--journal FILE`` writes every erasure, one JSON object a line, with no name in it; ``--replay FILE`` erases them again in a
    database that was restored from an older dump. Both may be repeated.
    """

    help = "Erase a person: manage.py erase_expert EMAIL|ID --by OPERATOR; --check, --journal FILE, --replay FILE"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", nargs="?", help="e-mail address or id of the person")
        parser.add_argument("--by", help="e-mail address or id of the operator who decides")
        parser.add_argument(
            "--check", action="store_true", help="say what stands in the way and what is kept; change nothing"
        )
        parser.add_argument("--journal", type=Path, metavar="FILE", help="write the journal of erasures to a file")
        parser.add_argument("--replay", type=Path, metavar="FILE", help="erase again whom a journal names")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        try:
            told = self._do(options)
        except DomainError as error:
            self._refuse(error, as_json=options["json"])
        except OSError as error:
            raise CommandError(str(error)) from None
        else:
            self._print(told, as_json=options["json"])
            if told.get("obstacles"):
                raise SystemExit(1)

    def _do(self, options: dict[str, Any]) -> dict[str, Any]:
        if options["journal"]:
            return _write_journal(options["journal"])
        if options["replay"]:
            return asdict(commands.replay_journal(lines=_read_journal(options["replay"]), now=clock.now()))
        if not options["person"]:
            raise CommandError("Name a person by e-mail address or id, or use --journal or --replay.")
        person = get_person(options["person"])
        if options["check"]:
            return {"person_id": person.id, **asdict(outlook_for(person.id, now=clock.now()))}
        if not options["by"]:
            raise CommandError("Say with --by which operator decides.")
        by = get_person(options["by"])
        known = find_erasure(person.id)
        if known is not None:
            return {"person_id": person.id, "erased_at": known.at, "kept_until": known.kept_until, "already": True}
        return _told(commands.erase_person(person_id=person.id, by=by, now=clock.now()))

    def _refuse(self, error: DomainError, *, as_json: bool) -> None:
        if not as_json:
            raise CommandError(
                "\n".join([error.title, *(each.detail for each in error.problems)] if error.problems else [str(error)])
            )
        obstacles = [{"code": each.code, "words": each.detail} for each in error.problems]
        self.stdout.write(json.dumps({"code": error.code, "detail": str(error), "obstacles": obstacles}))
        raise SystemExit(1)

    def _print(self, told: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(told, default=str))
            return
        for key, value in told.items():
            self.stdout.write(f"{key}: {json.dumps(value, default=str)}")


def _told(done: Erased) -> dict[str, Any]:
    return {
        "person_id": done.row.person_id,
        "erased_at": done.row.at,
        "by": done.row.by_id,
        "kept_until": done.row.kept_until,
        "kept": [asdict(each) for each in done.kept],
        "changed": dict(done.changed),
    }


def _write_journal(path: Path) -> dict[str, Any]:
    lines = [write_line(line) for line in read_journal()]
    path.write_text("".join(f"{line}\n" for line in lines))
    return {"journal": path, "erasures": len(lines)}


def _read_journal(path: Path) -> list[JournalLine]:
    """Read the whole file before anybody is erased."""
    lines = []
    for number, text in enumerate(path.read_text().splitlines(), start=1):
        try:
            lines.append(read_line(text))
        except ValueError as error:
            raise CommandError(f"Line {number} of {path}: {error}.") from None
    return lines
