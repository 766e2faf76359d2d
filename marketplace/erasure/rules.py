"""By when somebody who asks to be forgotten is answered, and the lines of a file of the journal. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

#: Source: GDPR, art. 12(3): without undue delay and within one month; the shortest month has 28 days.
ANSWER_WITHIN: Final = timedelta(days=28)


def answer_due(asked_at: datetime) -> datetime:
    """Return by when a request is answered."""
    return asked_at + ANSWER_WITHIN


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One erasure as a file of the journal tells it: ids, times and a code, and nothing of the person."""

    person_id: UUID
    at: datetime
    by_id: UUID
    reason_code: str
    kept_until: date | None


def write_line(line: JournalLine) -> str:
    """Return the line of a file for one erasure, a JSON object."""
    return json.dumps(asdict(line), default=str)


def read_line(text: str) -> JournalLine:
    """Return the erasure that a line of a file tells.

    Raises:
        ValueError: it is no such line.
    """
    try:
        raw = json.loads(text)
        at = datetime.fromisoformat(raw["at"])
        until = date.fromisoformat(raw["kept_until"]) if raw["kept_until"] else None
        line = JournalLine(UUID(raw["person_id"]), at, UUID(raw["by_id"]), str(raw["reason_code"])[:60], until)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no line of a journal of erasures: {error!r}") from error
    if at.tzinfo is None:
        raise ValueError("its time names no zone")
    return line
