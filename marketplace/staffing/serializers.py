"""The JSON of staffing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from rest_framework import serializers

from common.api import CodeField, InstantField, Serializer, StrictIntegerField, TextField, read_columns
from common.codes import country_name
from marketplace.projects.models import Opening
from marketplace.projects.rules import MINUTES_A_WEEK
from marketplace.staffing.commands import MOST_INVITED_AT_ONCE
from marketplace.staffing.models import Engagement, Invitation, Offer
from marketplace.staffing.queries import Match
from marketplace.staffing.ranking import Evaluation
from marketplace.staffing.rules import END_CODES, RESCIND_CODES


class MatchFilter(Serializer):
    """Words of name or headline; ``limit`` is read apart."""

    words = CodeField(max_length=100, required=False, allow_blank=True, default="")


class StaffingFilter(Serializer):
    """Narrows invitations, offers or engagements."""

    opening = serializers.UUIDField(required=False)
    state = CodeField(max_length=12, required=False)


class InvitationIn(Serializer):
    """Whom to invite, with which words, until when."""

    experts = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST_INVITED_AT_ONCE)
    message = TextField(required=False, allow_blank=True, default="", max_length=4000)
    expires_at = InstantField()


class InvitationAnswerIn(Serializer):
    """Yes or no to an invitation."""

    accept = serializers.BooleanField()
    note = TextField(required=False, allow_blank=True, default="", max_length=4000)


class OfferIn(Serializer):
    """The terms of an offer."""

    expert = serializers.UUIDField()
    pay_line = serializers.UUIDField()
    weekly_cap_minutes = StrictIntegerField(min_value=1, max_value=MINUTES_A_WEEK)
    expires_at = InstantField()


class DeclineIn(Serializer):
    """Words of a refusal, if any."""

    reason_text = TextField(required=False, allow_blank=True, default="", max_length=4000)


class RescindIn(Serializer):
    """Why an offer is taken back."""

    reason_code = serializers.ChoiceField(sorted(RESCIND_CODES))
    reason_text = TextField(max_length=4000)


class EngagementStateIn(Serializer):
    """Where an engagement goes; an end needs a code and words."""

    state = serializers.ChoiceField(Engagement.State.choices)
    reason_code = serializers.ChoiceField(sorted(END_CODES), required=False)
    reason_text = TextField(required=False, max_length=4000)


class RuleOut(serializers.Serializer[Any]):
    """One rule's verdict; the points of all rules add up to the score."""

    kind = serializers.CharField()
    words = serializers.CharField()
    is_hard = serializers.BooleanField()
    passed = serializers.BooleanField()
    weight = serializers.IntegerField()
    points = serializers.FloatField()
    evidence = serializers.CharField()
    fix = serializers.CharField(allow_blank=True)


class MatchOut(serializers.Serializer[Any]):
    """An expert's place, with the reason rule by rule."""

    expert = serializers.UUIDField()
    worker_id = serializers.UUIDField()
    name = serializers.CharField()
    headline = serializers.CharField(allow_blank=True)
    country = serializers.CharField()
    country_name = serializers.CharField()
    timezone = serializers.CharField()
    is_eligible = serializers.BooleanField()
    score = serializers.FloatField(help_text="0 to 100.")
    rules = RuleOut(many=True)


class MatchesOut(serializers.Serializer[Any]):
    """The best eligible experts, best first."""

    results = MatchOut(many=True)


class FunnelStepOut(serializers.Serializer[Any]):
    """How many are left after a rule, and how many without this rule alone."""

    words = serializers.CharField()
    left = serializers.IntegerField()
    without_it = serializers.IntegerField()


class OpeningMatchOut(serializers.Serializer[Any]):
    """An opening as an expert finds it: whether they fit, and why or why not."""

    opening = serializers.UUIDField()
    title = serializers.CharField()
    project = serializers.UUIDField()
    project_name = serializers.CharField()
    organization_name = serializers.CharField()
    is_eligible = serializers.BooleanField()
    score = serializers.FloatField()
    rules = RuleOut(many=True)


class OpeningMatchesOut(serializers.Serializer[Any]):
    """Open openings, those one is eligible for first."""

    results = OpeningMatchOut(many=True)


class InvitationOut(serializers.Serializer[Any]):
    """An invitation."""

    id = serializers.UUIDField()
    opening = serializers.UUIDField()
    opening_title = serializers.CharField()
    expert = serializers.UUIDField()
    state = serializers.ChoiceField(Invitation.State.choices)
    message = serializers.CharField()
    sent_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class TermsOut(serializers.Serializer[Any]):
    """What was offered, frozen."""

    project = serializers.CharField()
    opening = serializers.CharField()
    rate = serializers.JSONField()
    unit = serializers.CharField()
    weekly_cap_minutes = serializers.IntegerField()
    words = serializers.CharField()


#: What the frozen terms of an offer show, out of all that is stored of them.
TERMS = tuple(TermsOut().fields)


class OfferOut(serializers.Serializer[Any]):
    """An offer with its frozen terms."""

    id = serializers.UUIDField()
    opening = serializers.UUIDField()
    opening_title = serializers.CharField()
    expert = serializers.UUIDField()
    pay_line = serializers.UUIDField()
    terms = TermsOut()
    state = serializers.ChoiceField(Offer.State.choices)
    reason_code = serializers.CharField(allow_blank=True)
    reason_text = serializers.CharField(allow_blank=True)
    sent_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class EngagementOut(serializers.Serializer[Any]):
    """An engagement."""

    id = serializers.UUIDField()
    opening = serializers.UUIDField()
    opening_title = serializers.CharField()
    project = serializers.UUIDField()
    expert = serializers.UUIDField()
    pay_line = serializers.UUIDField()
    weekly_cap_minutes = serializers.IntegerField()
    timezone = serializers.CharField()
    state = serializers.ChoiceField(Engagement.State.choices)
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    reason_code = serializers.CharField(allow_blank=True)
    reason_text = serializers.CharField(allow_blank=True)


def show_rules(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return the verdicts as JSON."""
    return [
        {
            "kind": result.kind,
            "words": result.words,
            "is_hard": result.is_hard,
            "passed": result.passed,
            "weight": result.weight,
            "points": result.points,
            "evidence": result.evidence,
            "fix": result.fix,
        }
        for result in evaluation.results
    ]


def show_match(match: Match) -> dict[str, Any]:
    """Return a match as JSON."""
    return {
        "expert": str(match.expert_id),
        "worker_id": str(match.user_id),
        "name": match.name,
        "headline": match.headline,
        "country": match.country,
        "country_name": country_name(match.country),
        "timezone": match.timezone,
        "is_eligible": match.evaluation.is_eligible,
        "score": round(match.evaluation.score, 6),
        "rules": show_rules(match.evaluation),
    }


def show_opening_match(opening: Opening, evaluation: Evaluation) -> dict[str, Any]:
    """Return an opening as an expert finds it."""
    return {
        "opening": str(opening.id),
        "title": opening.title,
        "project": str(opening.project_id),
        "project_name": opening.project.name,
        "organization_name": opening.project.organization.name,
        "is_eligible": evaluation.is_eligible,
        "score": round(evaluation.score, 6),
        "rules": show_rules(evaluation),
    }


_COMMON = ("id", "opening_id", "opening__title", "expert_id", "state")
INVITATION_COLUMNS = (*_COMMON, "message", "sent_at", "expires_at")
OFFER_COLUMNS = (*_COMMON, "pay_line_id", "terms", "reason_code", "reason_text", "sent_at", "expires_at")
ENGAGEMENT_COLUMNS = (
    *_COMMON,
    "opening__project_id",
    "pay_line_id",
    "weekly_cap_minutes",
    "timezone",
    "started_at",
    "ended_at",
    "reason_code",
    "reason_text",
)


def show_invitation(row: Invitation | Mapping[str, Any]) -> dict[str, Any]:
    """Return an invitation, or its ``INVITATION_COLUMNS``, as JSON."""
    return _show(row, INVITATION_COLUMNS)


def show_offer(row: Offer | Mapping[str, Any]) -> dict[str, Any]:
    """Return an offer, or its ``OFFER_COLUMNS``, as JSON."""
    shown = _show(row, OFFER_COLUMNS)
    return shown | {"terms": {name: shown["terms"][name] for name in TERMS}}


def show_engagement(row: Engagement | Mapping[str, Any]) -> dict[str, Any]:
    """Return an engagement, or its ``ENGAGEMENT_COLUMNS``, as JSON."""
    return _show(row, ENGAGEMENT_COLUMNS)


def _show(row: Model | Mapping[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    """Return the columns under their names in JSON; the renderer writes ids and times."""
    values = row if isinstance(row, Mapping) else read_columns(row, columns)
    return {_JSON_NAMES.get(name, name.removesuffix("_id")): values[name] for name in columns}


_JSON_NAMES = {"opening__title": "opening_title", "opening__project_id": "project"}
