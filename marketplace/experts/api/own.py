"""One's own profile over HTTP."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from common import clock
from common.api import IF_MATCH, APIView, Request, etag_of, read_body, require_version
from marketplace.experts import commands
from marketplace.experts.inputs import CredentialInput, LanguageInput, SkillInput, WindowInput
from marketplace.experts.queries import get_own_profile
from marketplace.experts.serializers import (
    AvailabilityIn,
    CredentialIn,
    CredentialOut,
    ExpertStateIn,
    LanguagesIn,
    ProfileIn,
    ProfileOut,
    SkillsIn,
    read_profile,
    show_profile,
)

OWN = "expert.self"


class OwnProfileView(APIView):
    """The caller's own profile."""

    grants: ClassVar = {"get": OWN, "post": "", "put": OWN}

    @extend_schema(responses=ProfileOut)
    def get(self, request: Request) -> Response:
        """Return one's profile with all its parts."""
        return _answer(request)

    @extend_schema(request=ProfileIn, responses={201: ProfileOut})
    def post(self, request: Request) -> Response:
        """Create one's profile in DRAFT."""
        commands.create_profile(profile=read_profile(read_body(request, ProfileIn)), by=request.user, now=clock.now())
        return _answer(request, status=201)

    @extend_schema(request=ProfileIn, parameters=[IF_MATCH], responses=ProfileOut)
    def put(self, request: Request) -> Response:
        """Replace one's words and facts; needs If-Match."""
        profile = read_profile(read_body(request, ProfileIn))
        version = _version(request)
        commands.update_profile(profile=profile, expected_version=version, by=request.user, now=clock.now())
        return _answer(request)


class OwnStateView(APIView):
    """Whether the profile is found."""

    grants: ClassVar = {"post": OWN}

    @extend_schema(request=ExpertStateIn, responses=ProfileOut)
    def post(self, request: Request) -> Response:
        """Activate, pause or close one's profile."""
        body = read_body(request, ExpertStateIn)
        commands.move_profile(to=body["state"], by=request.user, now=clock.now())
        return _answer(request)


class OwnLanguagesView(APIView):
    """The caller's languages."""

    grants: ClassVar = {"put": OWN}

    @extend_schema(request=LanguagesIn, parameters=[IF_MATCH], responses=ProfileOut)
    def put(self, request: Request) -> Response:
        """Replace one's languages; needs If-Match."""
        rows = [LanguageInput(**each) for each in read_body(request, LanguagesIn)["languages"]]
        commands.set_languages(languages=rows, expected_version=_version(request), by=request.user, now=clock.now())
        return _answer(request)


class OwnSkillsView(APIView):
    """The caller's domains and skills."""

    grants: ClassVar = {"put": OWN}

    @extend_schema(request=SkillsIn, parameters=[IF_MATCH], responses=ProfileOut)
    def put(self, request: Request) -> Response:
        """Replace one's domains and skills; needs If-Match."""
        rows = [SkillInput(**each) for each in read_body(request, SkillsIn)["skills"]]
        commands.set_skills(skills=rows, expected_version=_version(request), by=request.user, now=clock.now())
        return _answer(request)


class OwnAvailabilityView(APIView):
    """The caller's weekly pattern."""

    grants: ClassVar = {"put": OWN}

    @extend_schema(request=AvailabilityIn, parameters=[IF_MATCH], responses=ProfileOut)
    def put(self, request: Request) -> Response:
        """Replace one's weekly pattern; needs If-Match."""
        rows = [WindowInput(**each) for each in read_body(request, AvailabilityIn)["windows"]]
        commands.set_availability(windows=rows, expected_version=_version(request), by=request.user, now=clock.now())
        return _answer(request)


class OwnCredentialsView(APIView):
    """New credentials of the caller."""

    grants: ClassVar = {"post": OWN}

    @extend_schema(request=CredentialIn, responses={201: CredentialOut})
    def post(self, request: Request) -> Response:
        """Claim a credential."""
        credential = CredentialInput(**read_body(request, CredentialIn))
        row = commands.add_credential(credential=credential, by=request.user, now=clock.now())
        return Response(CredentialOut(row).data, status=201)


class OwnCredentialView(APIView):
    """One credential of the caller."""

    grants: ClassVar = {"delete": OWN}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, credential_id: UUID) -> Response:
        """Remove it."""
        commands.remove_credential(credential_id=credential_id, by=request.user, now=clock.now())
        return Response(status=204)


def _version(request: Request) -> int:
    current = get_own_profile(request.user).version
    require_version(request, current)
    return current


def _answer(request: Request, status: int = 200) -> Response:
    row = get_own_profile(request.user)
    return Response(show_profile(row), status=status, headers={"ETag": etag_of(row.version)})
