"""What can be computed again, is: features register checks, ``manage.py verify`` runs them all.

A feature registers in its ``checks.py``, which its app imports when it is ready.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

MOST_FINDINGS = 100
"""Findings listed for one check; the rest is only counted as "more"."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: ``subject`` names the row (``journal_entry:<id>``), ``detail`` says what was found instead."""

    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found, and how long it took. ``has_more`` says that findings were left off the list."""

    name: str
    findings: Sequence[Finding]
    has_more: bool
    duration_ms: int

    @property
    def is_ok(self) -> bool:
        return not self.findings


type Check = Callable[[], Iterable[Finding]]

_checks: dict[str, Check] = {}


def register_check(name: str, check: Check) -> None:
    """Let ``check()`` yield a finding for each difference; ``name`` is ``app.feature.what_holds``."""
    _checks[name] = check


def list_checks() -> list[str]:
    """Return the names of all registered checks, sorted."""
    return sorted(_checks)


def run_checks(names: Iterable[str] | None = None) -> list[CheckResult]:
    """Run the checks of ``names``, or all, and return their results by name.

    Raises:
        KeyError: a name that nothing is registered under.
    """
    return [_run(name, _checks[name]) for name in sorted(_checks if names is None else names)]


def _run(name: str, check: Check) -> CheckResult:
    started = time.perf_counter()
    findings = list(islice(check(), MOST_FINDINGS + 1))
    duration_ms = round((time.perf_counter() - started) * 1000)
    return CheckResult(name, findings[:MOST_FINDINGS], len(findings) > MOST_FINDINGS, duration_ms)
