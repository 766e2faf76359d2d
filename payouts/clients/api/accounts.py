"""Accounts of clients and the transfers on them."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, page_of, read_body, read_filters
from payouts.clients import commands
from payouts.clients.api import READERS
from payouts.clients.models import ClientAccount, ClientMovement
from payouts.clients.queries import find_usage, get_account, get_funds, list_funds
from payouts.clients.serializers import (
    ClientAccountFilter,
    ClientAccountIn,
    ClientAccountOut,
    ClientMovementFilter,
    ClientMovementIn,
    ClientMovementOut,
    ClientTermsIn,
    ProposalOut,
    UsageFilter,
    UsageOut,
    show_account,
    show_movement,
    show_proposal,
    show_usage,
)


class ClientAccountsView(APIView):
    """Clients' accounts."""

    grants: ClassVar = {"get": READERS, "post": "finance.prepare"}
    requires_idempotency_key = True

    @extend_schema(parameters=[ClientAccountFilter], responses=page_of(ClientAccountOut))
    def get(self, request: Request) -> Response:
        """List accounts with what each has: one's own organization's, or all for finance and auditors."""
        filters = read_filters(request, ClientAccountFilter)
        if "client" in filters:
            filters["client_id"] = filters.pop("client")
        pages = CursorPagination()
        rows = ClientAccount.objects.visible_to(request.user).filter(**filters)
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show_account(row, funds) for row, funds in list_funds(page)])

    @extend_schema(request=ClientAccountIn, responses={201: ClientAccountOut})
    def post(self, request: Request) -> Response:
        """Open a client's account in one currency; it pays in advance until terms say otherwise."""
        body: dict[str, Any] = read_body(request, ClientAccountIn)
        client_id = body.pop("client")
        row = commands.open_account(**body, client_id=client_id, by=request.user, now=clock.now())
        return Response(show_account(row, get_funds(row)), status=201)


class ClientAccountView(APIView):
    """One account."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=ClientAccountOut)
    def get(self, request: Request, account_id: UUID) -> Response:
        """Return an account with what it has."""
        row = get_account(request.user, account_id)
        return Response(show_account(row, get_funds(row)))


class ClientMovementsView(APIView):
    """Transfers of one account."""

    grants: ClassVar = {"get": READERS, "post": "finance.prepare"}
    requires_idempotency_key = True

    @extend_schema(parameters=[ClientMovementFilter], responses=page_of(ClientMovementOut))
    def get(self, request: Request, account_id: UUID) -> Response:
        """List transfers, newest first; the client's own people see those that were approved."""
        account = get_account(request.user, account_id)
        filters = read_filters(request, ClientMovementFilter)
        pages = CursorPagination()
        rows = ClientMovement.objects.visible_to(request.user).filter(account=account, **filters)
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show_movement(row) for row in page])

    @extend_schema(request=ClientMovementIn, responses={201: ProposalOut})
    def post(self, request: Request, account_id: UUID) -> Response:
        """Propose a transfer; nothing is booked until another person approves it."""
        body = read_body(request, ClientMovementIn)
        row = commands.propose_movement(account_id=account_id, **body, by=request.user, now=clock.now())
        return Response(show_proposal("movement", row), status=201)


class ClientTermsView(APIView):
    """Terms of one account."""

    grants: ClassVar = {"post": "finance.prepare"}
    requires_idempotency_key = True

    @extend_schema(request=ClientTermsIn, responses={201: ProposalOut})
    def post(self, request: Request, account_id: UUID) -> Response:
        """Propose terms; those in force stay until another person approves these."""
        body = read_body(request, ClientTermsIn)
        row = commands.propose_terms(account_id=account_id, **body, by=request.user, now=clock.now())
        return Response(show_proposal("terms", row), status=201)


class ClientUsageView(APIView):
    """Charges of one account."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[UsageFilter], responses=page_of(UsageOut))
    def get(self, request: Request, account_id: UUID) -> Response:
        """List what approved work was charged, newest first; within a minute of its approval."""
        account = get_account(request.user, account_id)
        pages = CursorPagination()
        rows = find_usage(request.user, account, **read_filters(request, UsageFilter))
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show_usage(row) for row in page])
