"""What commands on taxes refuse, by name."""

from __future__ import annotations

from common.errors import Conflict, InvalidInput, NotFound


class InvalidRemittance(InvalidInput):
    """The payment's return, month, amount or reference cannot be."""

    code = "invalid_remittance"
    title = "This payment of tax is not valid"


class UnknownRemittance(NotFound):
    """There is no such payment of tax for this person."""


class RemittanceExceedsWithheld(Conflict):
    """More would be paid to the authority for the month than was withheld in it."""

    code = "remittance_exceeds_withheld"
    title = "More than was withheld and is not paid yet"
