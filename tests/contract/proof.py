"""Calls every operation of the API as one role and counts what it answers; 5xx is never an answer."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.contract.cases import Made

TIMEOUT_S = 60
#: An address that answers 401 to nobody but those whom it does not know.
WHO_AM_I = "/api/v1/me/"
PROBLEM = "application/problem+json"
LINES_OF_TRACE = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer that no request may get, how to get it, and what the server said of it."""

    operation: str
    status: int
    curl: str
    trace: str

    def __str__(self) -> str:
        return f"{self.status} {self.operation}\n{self.curl}\n{self.trace}"


@dataclass(slots=True)
class Tally:
    """What one role was answered.

    ``reached`` holds the operations that succeeded at least once; ``strange`` counts refusals that are no problem documents;
    ``times_lost`` is how often a case took the role's token away, so that it had to be given back.
    """

    role: str
    cases: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    reached: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    strange: Counter[str] = field(default_factory=Counter)
    times_lost: int = 0
    seconds: float = 0

    def distinct_findings(self) -> list[str]:
        """Return one finding, with how often it came, for each operation and last line of the server's words."""
        alike: dict[tuple[str, str], list[Finding]] = {}
        for finding in self.findings:
            alike.setdefault((finding.operation, finding.trace.rpartition("\n")[2]), []).append(finding)
        return [f"{len(same)} times as {self.role}: {same[0]}" for same in alike.values()]

    def __str__(self) -> str:
        classes = Counter(f"{status // 100}xx" for status in self.statuses.elements())
        counts = "  ".join(f"{name} {classes[name]:>5}" for name in ("2xx", "4xx", "5xx"))
        often = "  ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        return (
            f"{self.role:<16} {len(self.cases)} operations, each {min(self.cases.values(), default=0)} times or more: "
            f"{self.cases.total():>5} cases  {counts}  [{often}]  "
            f"token lost {self.times_lost}  {self.cases.total() / (self.seconds or 1):.0f}/s"
        )


@dataclass(slots=True)
class Caller:
    """A role at the door of a running server, whose database ``restore`` puts back to what it was."""

    role: str
    authorization: str
    address: str
    log: Path
    restore: Callable[[], None]
    tally: Tally = field(init=False)
    _session: requests.Session = field(default_factory=requests.Session)
    _has_written: bool = False

    def __post_init__(self) -> None:
        self.tally = Tally(self.role)

    def call(self, made_up: Mapping[str, Iterable[Made]], *, is_pristine: bool = True) -> Tally:
        """Send every request and return the tally. With ``is_pristine`` each operation begins in the same world."""
        began = time.monotonic()
        for of_one_operation in made_up.values():
            for made in of_one_operation:
                self._send(made)
            if is_pristine and self._has_written:
                self._put_back()
        self.tally.seconds += time.monotonic() - began
        return self.tally

    def _send(self, made: Made) -> None:
        request = made.request.copy()
        if self.authorization:
            request.headers["Authorization"] = self.authorization
        written = self.log.stat().st_size
        answer = self._ask(request)
        status = answer.status_code
        self.tally.cases[made.operation] += 1
        self.tally.statuses[status] += 1
        if status < 400:
            self.tally.reached.add(made.operation)
            self._has_written |= not made.is_read
        if status >= 500:
            curl = made.case.as_curl_command({"Authorization": self.authorization}, base_url=self.address)
            self.tally.findings.append(Finding(made.operation, status, curl, trace_since(self.log, written)))
        elif status >= 400 and not answer.headers.get("Content-Type", "").startswith(PROBLEM):
            self.tally.strange[f"{status} {made.operation}"] += 1
        if status == 401 and self.authorization and self._is_unknown():
            self.tally.times_lost += 1
            self._put_back()

    def _ask(self, request: requests.PreparedRequest) -> requests.Response:
        try:
            return self._session.send(request, timeout=TIMEOUT_S, allow_redirects=False)
        except requests.ConnectionError:
            # The server may close a connection in the moment in which it is used again.
            return self._session.send(request, timeout=TIMEOUT_S, allow_redirects=False)

    def _is_unknown(self) -> bool:
        """Say whether the token is gone: a log-in with a wrong password is refused with the same status."""
        headers = {"Authorization": self.authorization}
        return requests.get(self.address + WHO_AM_I, headers=headers, timeout=TIMEOUT_S).status_code == 401

    def _put_back(self) -> None:
        self.restore()
        self._has_written = False


def trace_since(log: Path, written: int) -> str:
    """Return the end of what the server wrote since its log was ``written`` bytes long."""
    lines = log.read_bytes()[written:].decode(errors="replace").splitlines()
    return "\n".join(lines[-LINES_OF_TRACE:])
