"""A pytest plugin for `make prove-api`: a line a role as soon as it is done, and what no role ever did at the end."""

from __future__ import annotations

from typing import Any

import pytest


class Report:
    """Writes what the tests recorded, also from other processes."""

    def __init__(self, config: pytest.Config) -> None:
        self._terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
        self._operations: set[str] = set()
        self._reached: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        recorded = dict(report.user_properties) if report.when == "call" else {}
        if "tally" in recorded:
            self._terminal.write_line(str(recorded["tally"]))
            self._operations.update(recorded["operations"])  # type: ignore[arg-type]
            self._reached.update(recorded["reached"])  # type: ignore[arg-type]

    def pytest_terminal_summary(self) -> None:
        never = sorted(self._operations - self._reached)
        self._terminal.write_line(f"{len(self._reached)} of {len(self._operations)} operations succeeded for some role")
        for operation in never:
            self._terminal.write_line(f"  never: {operation}")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(config))
