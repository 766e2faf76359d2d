"""Personal tokens and one's own account over HTTP."""

from __future__ import annotations

from typing import ClassVar

from allauth.mfa.utils import is_mfa_enabled
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework.response import Response

from common import clock
from common.api import APIView, HasGrant, Request, read_body, read_filters
from marketplace.identity import commands
from marketplace.identity.login import prove_identity
from marketplace.identity.serializers import LogIn, MeOut, NewTokenOut, PreferencesIn, TokenOut, show_me


class LogInOrGrant(HasGrant):
    """Everybody may try to log in; the rest needs the view's grant."""

    def has_permission(self, request: Request, view: APIView) -> bool:  # type: ignore[override]  # our views alone
        return request.method == "POST" or super().has_permission(request, view)


class TokensView(APIView):
    """The caller's personal tokens, and the log-in that creates one."""

    permission_classes = (LogInOrGrant,)
    grants: ClassVar = {"get": "", "post": "", "delete": ""}
    idempotent = False  # a stored answer would hold the secret

    @extend_schema(responses=TokenOut(many=True))
    def get(self, request: Request) -> Response:
        """List one's tokens, newest first."""
        read_filters(request)
        rows = AuthToken.objects.filter(user=request.user).order_by("-created", "digest")
        return Response(TokenOut(rows, many=True).data)

    @extend_schema(request=LogIn, responses={201: NewTokenOut}, auth=[])
    def post(self, request: Request) -> Response:
        """Log in and create a token; its secret is in this answer alone."""
        user = prove_identity(request._request, **read_body(request, LogIn))
        token, secret = commands.create_token(by=user, now=clock.now())
        return Response({**TokenOut(token).data, "token": secret}, status=201)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """End all of one's tokens."""
        commands.revoke_all_tokens(by=request.user, now=clock.now())
        return Response(status=204)


class TokenView(APIView):
    """One of the caller's tokens."""

    grants: ClassVar = {"delete": ""}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, token_key: str) -> Response:
        """End a token."""
        commands.revoke_token(token_key=token_key, by=request.user, now=clock.now())
        return Response(status=204)


class MeView(APIView):
    """The caller."""

    grants: ClassVar = {"get": "", "patch": ""}

    @extend_schema(responses=MeOut)
    def get(self, request: Request) -> Response:
        """Return who is logged in, with their live roles."""
        return Response(show_me(request.user, has_second_factor=is_mfa_enabled(request.user)))

    @extend_schema(request=PreferencesIn, responses=MeOut)
    def patch(self, request: Request) -> Response:
        """Change one's own settings."""
        names = ("full_name", "timezone", "locale", "theme")
        current = {name: getattr(request.user, name) for name in names}
        body = read_body(request, PreferencesIn)
        user = commands.update_preferences(**{**current, **body}, by=request.user, now=clock.now())
        return Response(show_me(user, has_second_factor=is_mfa_enabled(user)))
