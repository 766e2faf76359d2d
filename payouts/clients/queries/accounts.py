"""Reads of clients' accounts, charges and proposals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, Min, OuterRef, QuerySet, Sum

from common.money import Money
from common.permissions import has_grant
from payouts.clients.errors import UnknownClientAccount, UnknownProposal
from payouts.clients.models import (
    ClientAccount,
    ClientMovement,
    ClientReservation,
    ClientTerms,
    CreditNote,
    Invoice,
    Proposal,
    UsageLine,
)
from payouts.earnings.models import Earning, EarningReversal
from payouts.ledger.queries import get_balances
from payouts.ledger.rules import client_prepaid, client_receivable

#: What one person proposes and another decides, by the word that addresses and commands call it.
PROPOSALS: Final[Mapping[str, type[ClientMovement | ClientTerms | Invoice | CreditNote]]] = {
    "movement": ClientMovement,
    "terms": ClientTerms,
    "invoice": Invoice,
    "credit_note": CreditNote,
}
_MOST_WAITING = 100
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Funds:
    """What one account has. ``owed`` is negative where the client has paid more than they were charged.

    ``reserved`` is kept for work that went out. ``available`` may be committed; it is negative where work cost more than the
    client may owe.
    """

    prepaid: Money
    owed: Money
    credit_limit: Money
    reserved: Money

    @property
    def available(self) -> Money:
        return self.prepaid + self.credit_limit - self.owed - self.reserved

    @property
    def refundable(self) -> Money:
        """What may go back to the client: credit is never paid out, nor what is reserved."""
        return min(self.prepaid - max(self.owed, Money.zero(self.owed.currency)), self.available)


def get_account(user: Any, account_id: UUID) -> ClientAccount:
    """Return an account that ``user`` may see.

    Raises:
        UnknownClientAccount: it does not exist, or not for this person.
    """
    found = ClientAccount.objects.visible_to(user).filter(id=account_id).first()
    if found is None:
        raise UnknownClientAccount
    return found


def find_terms(account_id: UUID) -> ClientTerms | None:
    """Return the terms in force, None where none were ever approved: the client pays in advance."""
    approved = ClientTerms.objects.filter(account_id=account_id, state=ClientTerms.State.APPROVED)
    return approved.select_related("account").order_by("-decided_at", "-id").first()


def list_funds(accounts: Iterable[ClientAccount]) -> Sequence[tuple[ClientAccount, Funds]]:
    """Return each account with what it has, in the given order."""
    rows = list(accounts)
    codes = [code for row in rows for code in _codes_of(row)]
    balances = get_balances(codes)
    return [(row, _funds_of(row, balances)) for row in rows]


def get_funds(account: ClientAccount) -> Funds:
    """Return what one account has."""
    return _funds_of(account, get_balances(_codes_of(account)))


def _codes_of(account: ClientAccount) -> tuple[str, str]:
    client = str(account.client_id)
    return client_prepaid(client, account.currency), client_receivable(client, account.currency)


def _funds_of(account: ClientAccount, balances: dict[str, Money]) -> Funds:
    prepaid, owed = (balances[code] for code in _codes_of(account))
    terms = find_terms(account.id)
    none = Money.zero(account.currency)
    live = ClientReservation.objects.filter(account=account, released_at__isnull=True)
    reserved = live.aggregate(total=Sum("amount_minor"))["total"]
    return Funds(prepaid, owed, terms.credit_limit if terms else none, Money(int(reserved or 0), account.currency))


def find_proposals(user: Any, kind: str) -> QuerySet[Any]:
    """Return the proposals of one kind for finance and auditors, none for anyone else."""
    rows: QuerySet[Any] = PROPOSALS[kind]._default_manager.all()
    return rows if has_grant(user, "finance.read") or has_grant(user, "audit.read") else rows.none()


def get_proposal(user: Any, kind: str, proposal_id: UUID) -> Proposal:
    """Return a proposal that ``user`` may see, with its account and people.

    Raises:
        UnknownProposal: it does not exist, or not for this person.
    """
    rows = find_proposals(user, kind).select_related("account", "proposed_by", "decided_by")
    found: Proposal | None = rows.filter(id=proposal_id).first()
    if found is None:
        raise UnknownProposal
    return found


def list_waiting(user: Any, account: ClientAccount | None = None) -> list[tuple[str, Proposal]]:
    """Return what waits for a decision, oldest first, each with its kind; of one account if one is given."""
    found: list[tuple[str, Proposal]] = []
    for kind in PROPOSALS:
        rows = find_proposals(user, kind).filter(state=Proposal.State.PROPOSED).select_related("account")
        rows = rows.filter(account=account) if account else rows
        found += [(kind, row) for row in rows.order_by("proposed_at", "id")[:_MOST_WAITING]]
    return sorted(found, key=lambda pair: (pair[1].proposed_at, pair[1].id))


#: What is charged to clients: work, not what was added to its pay.
_CHARGED_UNITS = (Earning.Unit.HOUR, Earning.Unit.TASK, Earning.Unit.ACCEPTED_TASK)


def find_uncharged(client_id: UUID | None = None) -> QuerySet[Earning]:
    """Return approved work of clients with an account that was not charged, of one client or of all.

    What was approved before the client's first account was opened is not among it.
    """
    accounts = ClientAccount.objects.filter(**({} if client_id is None else {"client_id": client_id}))
    opened = dict(accounts.order_by("client_id").values_list("client_id").annotate(Min("opened_at")))
    return Earning.objects.filter(
        ~Exists(UsageLine.objects.filter(earning_id=OuterRef("id"))),
        ~Exists(EarningReversal.objects.filter(earning_id=OuterRef("id"))),
        tenant__in=[str(client) for client in opened],
        created_at__gte=min(opened.values(), default=_NEVER),
        unit__in=_CHARGED_UNITS,
    )


def find_usage(
    user: Any, account: ClientAccount, *, project: str = "", since: date | None = None, until: date | None = None
) -> QuerySet[UsageLine]:
    """Return charges of one account that ``user`` may see, narrowed by what is given; days in UTC, ``until`` excluded."""
    rows = UsageLine.objects.visible_to(user).filter(account=account)
    rows = rows.filter(project=project) if project else rows
    rows = rows.filter(approved_at__gte=_midnight(since)) if since else rows
    return rows.filter(approved_at__lt=_midnight(until)) if until else rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ProjectUsage:
    """What one project was charged in one unit at one rate (None: by a margin)."""

    project: str
    unit: str
    rate: Money | None
    quantity: Decimal
    amount: Money

    @property
    def unit_words(self) -> str:
        """The unit as invoices call it."""
        return Earning.Unit(self.unit).label


def sum_usage(rows: QuerySet[UsageLine], currency: str) -> list[ProjectUsage]:
    """Return the sums of charges by project, unit and rate; ``rows`` are of one account."""
    groups = rows.order_by("project", "unit", "rate_minor").values_list("project", "unit", "rate_minor")
    summed = groups.annotate(Sum("quantity"), Sum("amount_minor"))
    return [
        ProjectUsage(
            project, unit, None if rate is None else Money(rate, currency), quantity, Money(int(minor), currency)
        )
        for project, unit, rate, quantity, minor in summed
    ]
