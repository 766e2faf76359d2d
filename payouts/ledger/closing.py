"""What must hold before a month is closed: features register checks, the proposal and the close both ask all of them.

A feature registers in its ``checks.py``, which its app imports when it is ready.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from payouts.ledger.models import Period

MOST_OBSTACLES = 20
"""Reasons listed for one check; a check with more is as little passed as one with a single reason."""

type CloseCheck = Callable[[Period, datetime], Iterable[str]]


@dataclass(frozen=True, slots=True)
class CloseCheckResult:
    """What one check says of a month: ``sentence`` is what should hold, ``obstacles`` say why it does not."""

    code: str
    sentence: str
    obstacles: Sequence[str]

    @property
    def is_ok(self) -> bool:
        return not self.obstacles


_checks: dict[str, tuple[str, CloseCheck]] = {}


def register_close_check(code: str, sentence: str, check: CloseCheck) -> None:
    """Let ``check(period, now)`` yield a sentence for each reason not to close; ``sentence`` says what should hold."""
    _checks[code] = (sentence, check)


def run_close_checks(period: Period, now: datetime) -> list[CloseCheckResult]:
    """Return what each check says of the month at ``now``, in the order of their codes."""
    return [
        CloseCheckResult(code, sentence, list(islice(check(period, now), MOST_OBSTACLES)))
        for code, (sentence, check) in sorted(_checks.items())
    ]
