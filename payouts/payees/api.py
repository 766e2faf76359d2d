"""Payout methods over HTTP."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urljoin
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from common import clock
from common.api import (
    APIView,
    CountryField,
    CurrencyField,
    CursorPagination,
    NameField,
    Request,
    Serializer,
    read_body,
    read_filters,
)
from common.authentication import authenticated_at
from payouts.payees import commands
from payouts.payees.errors import UnknownPayee
from payouts.payees.models import Payee
from payouts.payees.queries import Payability, find_payee, get_payee, judge, judge_each, list_screenings
from payouts.payees.requirements import explain_requirements
from payouts.payees.rules import mask

#: Where the provider sends people back to when nothing else is asked for.
RETURN_PATH = "/"


class PayeeIn(Serializer):
    """How one wants to be paid."""

    legal_name = NameField()
    country = CountryField()
    currency = CurrencyField()


class OnboardingIn(Serializer):
    """Where the provider sends the person back to: a path of this site."""

    return_path = serializers.RegexField(r"^/(?!/)[A-Za-z0-9/_.~?=&%-]*$", max_length=300, default=RETURN_PATH)


class PayeeFilter(Serializer):
    """Narrows the list of payees."""

    state = serializers.ChoiceField(Payee.State.choices, required=False)
    country = CountryField(required=False)


class PayeeOut(serializers.Serializer[Any]):
    """A payout method and whether it can be used now.

    ``requirements`` are the provider's codes, ``missing`` the same as sentences for the person who gives it.
    """

    id = serializers.UUIDField()
    worker = serializers.UUIDField()
    legal_name = serializers.CharField()
    country = serializers.CharField()
    currency = serializers.CharField()
    state = serializers.ChoiceField(Payee.State.choices)
    bank = serializers.CharField()
    requirements = serializers.ListField(child=serializers.CharField())
    missing = serializers.ListField(child=serializers.CharField())
    is_payable = serializers.BooleanField()
    reason_code = serializers.CharField()
    reason = serializers.CharField()
    hold_until = serializers.DateTimeField(allow_null=True)


class PayeePage(serializers.Serializer[Any]):
    """A page of payees."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = PayeeOut(many=True)


class OnboardingOut(serializers.Serializer[Any]):
    """The provider's page; it works once and not for long."""

    url = serializers.URLField()
    expires_at = serializers.DateTimeField()


class MyPayeeView(APIView):
    """One's own payout method."""

    grants: ClassVar = {"get": "", "put": ""}

    @extend_schema(responses=PayeeOut)
    def get(self, request: Request) -> Response:
        """Return one's own payout method."""
        payee = find_payee(request.user.pk)
        if payee is None:
            raise UnknownPayee
        return Response(show_payee(payee))

    @extend_schema(request=PayeeIn, responses=PayeeOut)
    def put(self, request: Request) -> Response:
        """Say how one wants to be paid; where there is a bank account, only within ten minutes of logging in."""
        body = read_body(request, PayeeIn)
        payee = commands.register_payee(
            worker_id=request.user.pk,
            by=request.user,
            now=clock.now(),
            authenticated_at=authenticated_at(request),
            **body,
        )
        return Response(show_payee(payee))


class OnboardingLinksView(APIView):
    """The provider's page for one's bank details."""

    grants: ClassVar = {"post": ""}
    # The view calls the provider, and each link works only once: a stored answer would be of no use.
    idempotent = False

    @extend_schema(request=OnboardingIn, responses={201: OnboardingOut})
    def post(self, request: Request) -> Response:
        """Open the provider's page; where there is a bank account, only within ten minutes of logging in."""
        body = read_body(request, OnboardingIn)
        address = urljoin(settings.BASE_URL, body["return_path"])
        link = commands.start_onboarding(
            worker_id=request.user.pk,
            return_url=address,
            refresh_url=address,
            by=request.user,
            now=clock.now(),
            authenticated_at=authenticated_at(request),
        )
        return Response({"url": link.url, "expires_at": link.expires_at}, status=201)


class RefreshView(APIView):
    """The provider's latest word on one's payout method."""

    grants: ClassVar = {"post": ""}
    idempotent = False

    @extend_schema(request=None, responses=PayeeOut)
    def post(self, request: Request) -> Response:
        """Ask the provider now, for instance on the way back from its page."""
        payee = find_payee(request.user.pk)
        if payee is None:
            raise UnknownPayee
        return Response(show_payee(commands.refresh_payee(payee_id=payee.id, now=clock.now())))


class PayeesView(APIView):
    """Everyone's payout methods, for finance."""

    grants: ClassVar = {"get": "finance.read"}

    @extend_schema(parameters=[PayeeFilter], responses=PayeePage)
    def get(self, request: Request) -> Response:
        """List payout methods, bank accounts masked."""
        rows = Payee.objects.visible_to(request.user).filter(**read_filters(request, PayeeFilter))
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        ready = judge_each(page, clock.now())
        return pages.get_paginated_response([show_payee(row, ready[row.id]) for row in page])


class ScreeningOut(serializers.Serializer[Any]):
    """What one edition of a list said of a payee; ``hits`` are the entries that fit."""

    list_name = serializers.CharField()
    list_version = serializers.CharField()
    list_dated = serializers.DateField()
    hits = serializers.ListField(child=serializers.CharField())
    screened_at = serializers.DateTimeField()


class ScreeningsView(APIView):
    """The lists that a payee was screened against."""

    grants: ClassVar = {"get": ("finance.read", "audit.read")}

    @extend_schema(responses=ScreeningOut(many=True))
    def get(self, request: Request, payee_id: UUID) -> Response:
        """Return the newest look of each list at a payee, with the list's version."""
        payee = get_payee(request.user, payee_id)
        return Response([ScreeningOut(row).data for row in list_screenings(payee.worker_id)])


class PayeeView(APIView):
    """One payout method, for finance; one's own for everyone else."""

    grants: ClassVar = {"get": ""}

    @extend_schema(responses=PayeeOut)
    def get(self, request: Request, payee_id: UUID) -> Response:
        """Return one payout method, its bank account masked."""
        return Response(show_payee(get_payee(request.user, payee_id)))


def show_payee(payee: Payee, ready: Payability | None = None) -> dict[str, Any]:
    """Return a payee as the API shows it."""
    ready = ready or judge(payee, payee.currency, clock.now())
    return {
        "id": payee.id,
        "worker": payee.worker_id,
        "legal_name": payee.legal_name,
        "country": payee.country,
        "currency": payee.currency,
        "state": payee.state,
        "bank": mask(payee.bank_last4),
        "requirements": payee.requirements,
        "missing": explain_requirements(payee.requirements),
        "is_payable": ready.is_ready,
        "reason_code": ready.reason_code,
        "reason": ready.words,
        "hold_until": ready.hold_until,
    }
