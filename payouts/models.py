"""The models of every feature, where Django looks for them."""

from payouts.adjustments.models import Adjustment, AdjustmentImport
from payouts.clients.models import (
    ClientAccount,
    ClientMovement,
    ClientReservation,
    ClientTerms,
    CreditNote,
    DocumentCounter,
    Invoice,
    InvoicedUsage,
    InvoiceLine,
    InvoiceSettlement,
    UsageLine,
)
from payouts.cycles.models import CycleLine, CycleLineEarning, EarningState, LineDestination, PayCycle
from payouts.earnings.models import Earning, EarningReversal
from payouts.exports.models import Export
from payouts.fx.models import Conversion, ExchangeRate, PayCurrency, RateProposal
from payouts.holds.models import Hold
from payouts.ledger.models import EntrySeal, JournalEntry, JournalLine, LedgerAccount, LedgerBalance, Period
from payouts.payees.models import (
    Payee,
    PayeeHold,
    ScreeningEntry,
    ScreeningList,
    ScreeningResult,
    TaxForm,
    TaxFormReminder,
)
from payouts.positions.models import PositionSettlement
from payouts.rails.models import RailCircuit, RailPace
from payouts.reconciliation.models import (
    Break,
    MatchedLine,
    MatchedTransaction,
    ProviderTransaction,
    ReconciliationFigure,
    ReconciliationRun,
)
from payouts.reversals.models import Reversal
from payouts.statements.models import Statement, StatementCounter, StatementLine
from payouts.taxes.models import TaxRemittance
from payouts.taxyears.models import KeptName, TaxYearRun
from payouts.transfers.models import (
    Payout,
    PayoutAttempt,
    ProviderCursor,
    ProviderEvent,
    RailStop,
    TopUp,
    TrustedDatabase,
)

__all__ = [
    "Adjustment",
    "AdjustmentImport",
    "Break",
    "ClientAccount",
    "ClientMovement",
    "ClientReservation",
    "ClientTerms",
    "Conversion",
    "CreditNote",
    "CycleLine",
    "CycleLineEarning",
    "DocumentCounter",
    "Earning",
    "EarningReversal",
    "EarningState",
    "EntrySeal",
    "ExchangeRate",
    "Export",
    "Hold",
    "Invoice",
    "InvoiceLine",
    "InvoiceSettlement",
    "InvoicedUsage",
    "JournalEntry",
    "JournalLine",
    "KeptName",
    "LedgerAccount",
    "LedgerBalance",
    "LineDestination",
    "MatchedLine",
    "MatchedTransaction",
    "PayCurrency",
    "PayCycle",
    "Payee",
    "PayeeHold",
    "Payout",
    "PayoutAttempt",
    "Period",
    "PositionSettlement",
    "ProviderCursor",
    "ProviderEvent",
    "ProviderTransaction",
    "RailCircuit",
    "RailPace",
    "RailStop",
    "RateProposal",
    "ReconciliationFigure",
    "ReconciliationRun",
    "Reversal",
    "ScreeningEntry",
    "ScreeningList",
    "ScreeningResult",
    "Statement",
    "StatementCounter",
    "StatementLine",
    "TaxForm",
    "TaxFormReminder",
    "TaxRemittance",
    "TaxYearRun",
    "TopUp",
    "TrustedDatabase",
    "UsageLine",
]
