"""Being forgotten over HTTP: asking for oneself, deciding as an operator, the journal."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, Request, read_body, read_filters
from common.authentication import authenticated_at
from marketplace.erasure import commands
from marketplace.erasure.queries import find_own_request, get_request, list_erasures, list_requests, outlook_for
from marketplace.erasure.serializers import (
    ErasureDoneOut,
    ErasureOut,
    ErasurePage,
    KeptOut,
    ObstacleOut,
    OwnOutlookOut,
    RefusalIn,
    RequestFilter,
    RequestOut,
    RequestOutlookOut,
    RequestPage,
    RequestRecordIn,
    show_outlook,
)

READERS = (commands.ERASE, "audit.read")


class OwnErasureView(APIView):
    """The caller's own request to be forgotten."""

    grants: ClassVar = {"get": "", "post": "", "delete": ""}

    @extend_schema(responses=OwnOutlookOut)
    def get(self, request: Request) -> Response:
        """Return what has to be settled before one can be erased, what law has us keep, and one's newest request."""
        outlook = outlook_for(request.user.pk, now=clock.now())
        own = find_own_request(request.user)
        return Response(
            {
                "request": RequestOut(own).data if own else None,
                "obstacles": ObstacleOut(outlook.obstacles, many=True).data,
                "kept": KeptOut(outlook.kept, many=True).data,
            }
        )

    @extend_schema(request=None, responses={201: RequestOut})
    def post(self, request: Request) -> Response:
        """Ask to be forgotten, in a session that began or was proved again within ten minutes; a token asks for nobody."""
        row = commands.request_erasure(by=request.user, now=clock.now(), authenticated_at=authenticated_at(request))
        return Response(RequestOut(row).data, status=201)

    @extend_schema(responses=RequestOut)
    def delete(self, request: Request) -> Response:
        """Take back one's own open request."""
        return Response(RequestOut(commands.withdraw_request(by=request.user, now=clock.now())).data)


class ErasureRequestsView(APIView):
    """Requests to be forgotten."""

    grants: ClassVar = {"get": READERS, "post": commands.ERASE}

    @extend_schema(parameters=[RequestFilter], responses=RequestPage)
    def get(self, request: Request) -> Response:
        """List requests, newest first."""
        rows = list_requests(request.user).filter(**read_filters(request, RequestFilter))
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(RequestOut(page, many=True).data)

    @extend_schema(request=RequestRecordIn, responses={201: RequestOut})
    def post(self, request: Request) -> Response:
        """Write down that somebody asked by letter or mail; another operator carries it out."""
        row = commands.record_request(**read_body(request, RequestRecordIn), by=request.user, now=clock.now())
        return Response(RequestOut(row).data, status=201)


class ErasureRequestView(APIView):
    """One request."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=RequestOutlookOut)
    def get(self, request: Request, request_id: UUID) -> Response:
        """Return a request with what stands in its way now."""
        row = get_request(request.user, request_id)
        return Response(show_outlook(row, outlook_for(row.person_id, now=clock.now())))


class ErasureExecutionView(APIView):
    """Carrying a request out."""

    # Who asked or is the person is told "four eyes", whatever they hold; everybody else is asked for the grant.
    grants: ClassVar = {"post": READERS}

    @extend_schema(request=None, responses=ErasureDoneOut)
    def post(self, request: Request, request_id: UUID) -> Response:
        """Erase the person, for good, in a session proved within ten minutes; refused with each thing to settle first."""
        proved = authenticated_at(request)
        done = commands.carry_out(request_id=request_id, by=request.user, now=clock.now(), authenticated_at=proved)
        kept = KeptOut(done.kept, many=True).data
        return Response({**ErasureOut(done.row).data, "kept": kept, "changed": dict(done.changed)})


class ErasureRefusalView(APIView):
    """Refusing a request."""

    grants: ClassVar = {"post": READERS}

    @extend_schema(request=RefusalIn, responses=RequestOut)
    def post(self, request: Request, request_id: UUID) -> Response:
        """Refuse a request, with words that the person reads."""
        body = read_body(request, RefusalIn)
        row = commands.refuse_request(request_id=request_id, **body, by=request.user, now=clock.now())
        return Response(RequestOut(row).data)


class ErasuresView(APIView):
    """The journal of erasures."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=ErasurePage)
    def get(self, request: Request) -> Response:
        """List erasures, newest first: ids, times and codes."""
        read_filters(request)
        pages = CursorPagination()
        page = pages.paginate_queryset(list_erasures(), request, view=self) or []
        return pages.get_paginated_response(ErasureOut(page, many=True).data)
