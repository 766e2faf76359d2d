"""Exchange rates over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from common import clock
from common.api import (
    IF_MATCH,
    APIView,
    CurrencyField,
    CursorPagination,
    InstantField,
    NameField,
    Request,
    Serializer,
    TextField,
    etag_of,
    page_of,
    read_body,
    read_filters,
    require_version,
)
from payouts.fx import commands
from payouts.fx.models import ExchangeRate, RateProposal
from payouts.fx.queries import get_rate_proposal, list_rates, pay_currencies
from payouts.fx.reading import MOST_BYTES

_READERS = ("finance.read", "audit.read")


class RateFilter(Serializer):
    """Narrows the list of rates."""

    base = CurrencyField(required=False)
    quote = CurrencyField(required=False)
    source = serializers.RegexField(r"^[A-Z][A-Z0-9_]{1,29}$", required=False)  # type: ignore[assignment]  # ours


class RateOut(serializers.Serializer[Any]):
    """One unit of ``base`` was worth ``rate`` units of ``quote``."""

    id = serializers.UUIDField()
    base = serializers.CharField()
    quote = serializers.CharField()
    rate = serializers.DecimalField(max_digits=24, decimal_places=12)
    as_of = serializers.DateTimeField()
    source = serializers.CharField()  # type: ignore[assignment]  # a name of ours
    reference = serializers.CharField()


class RateImportIn(Serializer):
    """A file of rates in one of the ECB's forms."""

    source = serializers.CharField(max_length=30, default="ECB")  # type: ignore[assignment]  # a name of ours
    base = CurrencyField(default="EUR")
    file = serializers.FileField()


class RateImportOut(serializers.Serializer[Any]):
    """How many rates of a file are new, and how many were known."""

    imported = serializers.IntegerField()
    known = serializers.IntegerField()
    newest = serializers.DateTimeField()


class RateProposalFilter(Serializer):
    """Narrows the list of typed rates."""

    state = serializers.ChoiceField(RateProposal.State.choices, required=False)


class RateProposalIn(Serializer):
    """A rate that was read somewhere, with where."""

    base = CurrencyField()
    quote = CurrencyField()
    rate = serializers.DecimalField(max_digits=24, decimal_places=12)
    as_of = InstantField()
    source_text = NameField(max_length=300)


class RateRejectionIn(Serializer):
    """Why it is rejected."""

    reason_text = TextField(max_length=2000)


class RateDecisionIn(Serializer):
    """A decision that needs no words."""


class RateProposalOut(serializers.Serializer[Any]):
    """A typed rate as proposed and as decided."""

    id = serializers.UUIDField()
    base = serializers.CharField()
    quote = serializers.CharField()
    rate = serializers.DecimalField(max_digits=24, decimal_places=12)
    as_of = serializers.DateTimeField()
    source_text = serializers.CharField()
    state = serializers.ChoiceField(RateProposal.State.choices)
    proposed_by = serializers.UUIDField(source="proposed_by_id")
    proposed_at = serializers.DateTimeField()
    decided_by = serializers.UUIDField(source="decided_by_id", allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_text = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()


class PayCurrencyIn(Serializer):
    """The currency that one is paid in; empty for what one earned."""

    currency = serializers.CharField(max_length=3, allow_blank=True)


class PayCurrencyOut(serializers.Serializer[Any]):
    """The currency that one is paid in (empty: as earned), and on which terms."""

    currency = serializers.CharField(allow_blank=True)
    terms = serializers.CharField()


class PayCurrencyView(APIView):
    """The currency that one is paid in."""

    grants: ClassVar = {"get": "payee.self", "put": "payee.self"}

    @extend_schema(responses=PayCurrencyOut)
    def get(self, request: Request) -> Response:
        """Return the currency that one is paid in."""
        currency = pay_currencies([request.user.pk]).get(request.user.pk, "")
        return Response({"currency": currency, "terms": commands.TERMS})

    @extend_schema(request=PayCurrencyIn, responses=PayCurrencyOut)
    def put(self, request: Request) -> Response:
        """Choose a currency that reaches one's country, whatever one earns in; nothing is taken for it."""
        body = read_body(request, PayCurrencyIn)
        chosen = commands.choose_pay_currency(worker_id=request.user.pk, by=request.user, now=clock.now(), **body)
        return Response({"currency": chosen, "terms": commands.TERMS})


class RatesView(APIView):
    """Exchange rates."""

    grants: ClassVar = {"get": _READERS}

    @extend_schema(parameters=[RateFilter], responses=page_of(RateOut))
    def get(self, request: Request) -> Response:
        """List rates, newest first."""
        rows = list_rates(request.user).filter(**read_filters(request, RateFilter))
        pages = CursorPagination()
        page: list[ExchangeRate] = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(RateOut(page, many=True).data)


class RateImportView(APIView):
    """Files of rates."""

    grants: ClassVar = {"post": "finance.prepare"}
    parser_classes = (MultiPartParser,)  # type: ignore[assignment]
    # The same file again changes nothing, so a repeat needs no key.
    idempotent: ClassVar = False

    @extend_schema(request={"multipart/form-data": RateImportIn}, responses=RateImportOut)
    def post(self, request: Request) -> Response:
        """Import a CSV or JSON file in the form of the ECB's reference rates: all or none."""
        body = read_body(request, RateImportIn)
        file = body.pop("file")
        data = file.read(MOST_BYTES + 1)
        done = commands.import_rates(**body, data=data, file_name=file.name, by=request.user, now=clock.now())
        return Response(RateImportOut(done).data)


def _answer(row: RateProposal, status: int = 200) -> Response:
    return Response(RateProposalOut(row).data, status=status, headers={"ETag": etag_of(row.version)})


class RateProposalsView(APIView):
    """Rates that somebody typed."""

    grants: ClassVar = {"get": _READERS, "post": "finance.prepare"}
    requires_idempotency_key = True

    @extend_schema(parameters=[RateProposalFilter], responses=page_of(RateProposalOut))
    def get(self, request: Request) -> Response:
        """List typed rates, newest first."""
        rows = RateProposal.objects.visible_to(request.user).filter(**read_filters(request, RateProposalFilter))
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(RateProposalOut(page, many=True).data)

    @extend_schema(request=RateProposalIn, responses={201: RateProposalOut})
    def post(self, request: Request) -> Response:
        """Type a rate; it counts once another person has approved it."""
        body = read_body(request, RateProposalIn)
        return _answer(commands.propose_rate(**body, by=request.user, now=clock.now()), status=201)


class RateProposalView(APIView):
    """One typed rate."""

    grants: ClassVar = {"get": _READERS}

    @extend_schema(responses=RateProposalOut)
    def get(self, request: Request, rate_proposal_id: UUID) -> Response:
        """Return a typed rate."""
        return _answer(get_rate_proposal(request.user, rate_proposal_id))


class _DecisionView(APIView):
    """A decision over one typed rate: the version is compared, then the command decides."""

    requires_idempotency_key = True
    command: ClassVar[Callable[..., RateProposal]]

    def run(self, request: Request, rate_proposal_id: UUID, **arguments: Any) -> Response:
        row = get_rate_proposal(request.user, rate_proposal_id)
        require_version(request, row.version)
        done = type(self).command(
            proposal_id=row.id, by=request.user, now=clock.now(), expected_version=row.version, **arguments
        )
        return _answer(done)


class RateApprovalView(_DecisionView):
    """Approving a typed rate."""

    # Who typed it is told "four eyes", whatever they hold; everybody else is asked for finance.approve.
    grants: ClassVar = {"post": _READERS}
    command = staticmethod(commands.approve_rate)

    @extend_schema(request=RateDecisionIn, parameters=[IF_MATCH], responses=RateProposalOut)
    def post(self, request: Request, rate_proposal_id: UUID) -> Response:
        """Let it count from now on. Never by who typed it."""
        return self.run(request, rate_proposal_id, **read_body(request, RateDecisionIn))


class RateRejectionView(_DecisionView):
    """Rejecting a typed rate."""

    grants: ClassVar = {"post": _READERS}
    command = staticmethod(commands.reject_rate)

    @extend_schema(request=RateRejectionIn, parameters=[IF_MATCH], responses=RateProposalOut)
    def post(self, request: Request, rate_proposal_id: UUID) -> Response:
        """Refuse it, with a reason."""
        return self.run(request, rate_proposal_id, **read_body(request, RateRejectionIn))


class RateWithdrawalView(_DecisionView):
    """Taking back a rate one typed oneself."""

    grants: ClassVar = {"post": "finance.prepare"}
    command = staticmethod(commands.withdraw_rate)

    @extend_schema(request=RateDecisionIn, parameters=[IF_MATCH], responses=RateProposalOut)
    def post(self, request: Request, rate_proposal_id: UUID) -> Response:
        """Take back what one typed."""
        return self.run(request, rate_proposal_id, **read_body(request, RateDecisionIn))
