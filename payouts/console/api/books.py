"""The books over HTTP: read by finance and auditors, written by nobody."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import APIView, CursorPagination, read_filters
from common.errors import NotFound
from common.money import Money
from payouts.console.api.cycles import READERS
from payouts.console.api.earnings import show_money
from payouts.console.serializers.books import (
    AccountFilter,
    JournalEntryOut,
    JournalFilter,
    JournalPage,
    TrialBalanceOut,
)
from payouts.ledger.models import JournalEntry, JournalLine
from payouts.ledger.queries import find_entries, trial_balance


def show_entry(entry: JournalEntry) -> dict[str, Any]:
    """Return an entry with its lines as JSON."""
    return {
        "id": entry.id,
        "idempotency_key": entry.idempotency_key,
        "kind": entry.kind,
        "effective_on": entry.effective_on,
        "period": entry.period.month,
        "source": entry.source,
        "reverses": entry.reverses_id,
        "reversed_by": entry.reversed_by_id,
        "created_by": entry.created_by_id,
        "posted_at": entry.created_at,
        "sha256": entry.sha256,
        "lines": [_show_line(line) for line in entry.lines.all()],
    }


def _show_line(line: JournalLine) -> dict[str, Any]:
    return {
        "line_no": line.line_no,
        "debit": line.debit.code,
        "credit": line.credit.code,
        "amount": show_money(Money(line.amount_minor, line.currency)),
    }


class EntriesView(APIView):
    """The journal."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[JournalFilter], responses=JournalPage)
    def get(self, request: Request) -> Response:
        """List entries, newest first."""
        rows = find_entries(**read_filters(request, JournalFilter))
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show_entry(entry) for entry in page])


class EntryView(APIView):
    """One entry."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=JournalEntryOut)
    def get(self, request: Request, entry_id: UUID) -> Response:
        """Return an entry with its lines."""
        entry = find_entries().filter(id=entry_id).first()
        if entry is None:
            raise NotFound
        return Response(show_entry(entry))


class TrialBalanceView(APIView):
    """The trial balance."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[AccountFilter], responses=TrialBalanceOut)
    def get(self, request: Request) -> Response:
        """Return every account with its sums; ``account`` narrows it to one, ``as_of`` to the end of a day."""
        filters = read_filters(request, AccountFilter)
        wanted = filters.get("account")
        rows = trial_balance([wanted] if wanted else None, as_of=filters.get("as_of"))
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for row in rows:
            sums[row.currency][0] += row.debits_minor
            sums[row.currency][1] += row.credits_minor
        return Response(
            {
                "results": [
                    {
                        "account": row.code,
                        "kind": row.kind,
                        "side": row.side,
                        "debits": {"amount_minor": row.debits_minor, "currency": row.currency},
                        "credits": {"amount_minor": row.credits_minor, "currency": row.currency},
                        "balance": {"amount_minor": row.balance_minor, "currency": row.currency},
                    }
                    for row in rows
                ],
                "totals": [
                    {"currency": currency, "debits_minor": debits, "credits_minor": credits}
                    for currency, (debits, credits) in sorted(sums.items())
                ],
            }
        )
