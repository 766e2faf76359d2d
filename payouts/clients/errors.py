"""What commands over clients' money refuse, by name."""

from __future__ import annotations

from common.errors import Conflict, InvalidInput, NotFound


class InvalidClientAccount(InvalidInput):
    """The account's client, currency, name or address cannot be."""

    code = "invalid_client_account"
    title = "This account is not valid"


class ClientAccountExists(Conflict):
    """The client has an account in this currency already."""

    code = "client_account_exists"
    title = "This client has an account in this currency already"


class UnknownClientAccount(NotFound):
    """There is no such account for this person."""


class InvalidProposal(InvalidInput):
    """What is proposed, or the reason of a decision, cannot be."""

    code = "invalid_proposal"
    title = "This proposal is not valid"


class UnknownProposal(NotFound):
    """There is no such proposal for this person."""


class BankReferenceUsed(Conflict):
    """Another transfer in this currency was recorded under this reference of the bank."""

    code = "bank_reference_used"
    title = "This bank reference was recorded before"


class ClientFundsMissing(Conflict):
    """The client's money, with the credit they were given, does not cover it."""

    code = "client_funds_missing"
    title = "The client's money does not cover this"


class UnknownInvoice(NotFound):
    """There is no such invoice for this person."""


class NothingToInvoice(Conflict):
    """Nothing was charged that is not invoiced, or as much was taken back."""

    code = "nothing_to_invoice"
    title = "There is nothing to invoice"


class InvoiceDraftWaits(Conflict):
    """A draft for this account waits for its decision."""

    code = "invoice_draft_waits"
    title = "A draft for this account waits for its decision"


class InvoiceNotCreditable(Conflict):
    """The invoice is not issued, or a credit note for it stands or waits."""

    code = "invoice_not_creditable"
    title = "A credit note for this invoice stands or waits"
