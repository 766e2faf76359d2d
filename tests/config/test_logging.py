"""What a log line may hold."""

from __future__ import annotations

import logging
import logging.config
import sys

import pytest

from config.logging import logging_settings


@pytest.mark.parametrize("as_json", [True, False])
def test_a_failure_is_logged_with_its_lines_and_without_the_values_of_variables(as_json: bool) -> None:
    settings = logging_settings(as_json=as_json)["formatters"]["structured"]
    formatter = logging.config.DictConfigurator({}).configure_formatter(settings)
    password = "".join(("hunter", "2"))
    try:
        int("nine")
    except ValueError:
        record = logging.LogRecord("muster", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())

    line = formatter.format(record)

    assert "ValueError" in line
    assert "test_logging.py" in line
    assert password not in line
