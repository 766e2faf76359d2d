"""Deciding what was proposed over a client's money. The address says of which kind it is."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import IF_MATCH, APIView, etag_of, read_body, require_version
from payouts.clients import commands
from payouts.clients.api import FINANCE
from payouts.clients.queries import get_proposal
from payouts.clients.serializers import ProposalApprovalIn, ProposalOut, ProposalRejectionIn, show_proposal


class _ProposalView(APIView):
    """A view of one proposal; the version is compared before a command decides."""

    requires_idempotency_key = True
    #: Set by the address.
    kind = ""

    def decide(self, request: Request, proposal_id: UUID, command: Any, **arguments: Any) -> Response:
        row = get_proposal(request.user, self.kind, proposal_id)
        require_version(request, row.version)
        command(
            kind=self.kind,
            proposal_id=row.id,
            by=request.user,
            now=clock.now(),
            expected_version=row.version,
            **arguments,
        )
        return self.answer(request, proposal_id)

    def answer(self, request: Request, proposal_id: UUID) -> Response:
        row = get_proposal(request.user, self.kind, proposal_id)
        return Response(show_proposal(self.kind, row), headers={"ETag": etag_of(row.version)})


class ProposalView(_ProposalView):
    """One proposal."""

    grants: ClassVar = {"get": FINANCE}

    @extend_schema(responses=ProposalOut)
    def get(self, request: Request, proposal_id: UUID) -> Response:
        """Return a proposal."""
        return self.answer(request, proposal_id)


class ProposalApprovalView(_ProposalView):
    """Approving a proposal."""

    # Who proposed it is told "four eyes", whatever they hold; everybody else is asked for finance.approve.
    grants: ClassVar = {"post": FINANCE}

    @extend_schema(request=ProposalApprovalIn, parameters=[IF_MATCH], responses=ProposalOut)
    def post(self, request: Request, proposal_id: UUID) -> Response:
        """Carry it out. Never by who proposed it."""
        return self.decide(request, proposal_id, commands.approve_proposal, **read_body(request, ProposalApprovalIn))


class ProposalRejectionView(_ProposalView):
    """Rejecting a proposal."""

    grants: ClassVar = {"post": FINANCE}

    @extend_schema(request=ProposalRejectionIn, parameters=[IF_MATCH], responses=ProposalOut)
    def post(self, request: Request, proposal_id: UUID) -> Response:
        """Refuse it, with a reason."""
        return self.decide(request, proposal_id, commands.reject_proposal, **read_body(request, ProposalRejectionIn))


class ProposalWithdrawalView(_ProposalView):
    """Taking back one's own proposal."""

    grants: ClassVar = {"post": "finance.prepare"}

    @extend_schema(request=ProposalApprovalIn, parameters=[IF_MATCH], responses=ProposalOut)
    def post(self, request: Request, proposal_id: UUID) -> Response:
        """Take back what one proposed."""
        return self.decide(request, proposal_id, commands.withdraw_proposal, **read_body(request, ProposalApprovalIn))
