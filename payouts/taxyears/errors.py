"""What commands on a year's tax files refuse, by name."""

from __future__ import annotations

from common.errors import Conflict, InvalidInput, NotFound


class InvalidRun(InvalidInput):
    """The year of the run, or the words on it, cannot be."""

    code = "invalid_tax_year_run"
    title = "These tax files cannot be made so"


class UnknownRun(NotFound):
    """There is no such run for this person."""


class RunOutOfDate(Conflict):
    """The books or the tax forms say something else than when the run was prepared, or its year is not over."""

    code = "tax_year_run_out_of_date"
    title = "What was paid has changed since it was prepared. Reject it and prepare another one"


class RatesMissing(Conflict):
    """Somebody was paid in another currency than USD on a day for which no rate is stored."""

    code = "rates_missing"
    title = "Exchange rates to USD are missing"
