"""News of staffing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from common.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationSent(Event):
    """An expert was asked to apply."""

    name: ClassVar[str] = "staffing.invitation.sent"
    invitation_id: UUID
    expert_user_id: UUID
    opening_title: str
    project_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSent(Event):
    """An expert was offered an opening on frozen terms."""

    name: ClassVar[str] = "staffing.offer.sent"
    offer_id: UUID
    expert_user_id: UUID
    opening_title: str
    project_name: str
    terms_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAccepted(Event):
    """An expert accepted; the engagement exists."""

    name: ClassVar[str] = "staffing.offer.accepted"
    offer_id: UUID
    engagement_id: UUID
    expert_user_id: UUID
    sent_by_id: UUID
    opening_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagementEnded(Event):
    """An engagement ended, with the reason that the expert reads."""

    name: ClassVar[str] = "staffing.engagement.ended"
    engagement_id: UUID
    expert_user_id: UUID
    opening_title: str
    reason_text: str
