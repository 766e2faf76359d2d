"""Verbs of staffing. Lock order: opening, application, invitation or offer, engagement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit, events, states
from common.errors import InvalidInput, NotPermitted
from common.money import Money
from common.permissions import require_grant
from common.text import clean_text
from marketplace.experts.models import Expert
from marketplace.hiring.models import Application
from marketplace.hiring.queries import find_live_application
from marketplace.identity.models import User
from marketplace.projects.models import Opening, Project, RateLine
from marketplace.projects.queries import get_managed_opening, get_rate_line
from marketplace.staffing.errors import (
    AlreadyInvited,
    CannotBePaid,
    ExpertNotFound,
    OfferExpired,
    RateLineEnded,
    SeatsFilled,
)
from marketplace.staffing.events import EngagementEnded, InvitationSent, OfferAccepted, OfferSent
from marketplace.staffing.models import Engagement, Invitation, Offer
from marketplace.staffing.queries.rows import count_free_seats, get_engagement, get_invitation, get_offer
from marketplace.staffing.rules import END_CODES, RESCIND_CODES
from payouts.facade import pay_route

MANAGE = "staffing.manage"
MOST_INVITED_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferInput:
    """The terms of one offer: who, on which pay line, at most how many minutes a week, and until when it can be accepted."""

    expert_id: UUID
    pay_line_id: UUID
    weekly_cap_minutes: int
    expires_at: datetime


@transaction.atomic
def invite(
    *, opening_id: UUID, expert_ids: Sequence[UUID], message: str, expires_at: datetime, by: User, now: datetime
) -> list[Invitation]:
    """Invite active experts to apply; all of them or none.

    Raises:
        OpeningNotFound, NotPermitted, ExpertNotFound, AlreadyInvited; InvalidInput: too many, or an expiry that is not ahead.
    """
    opening = _opening_to_staff(opening_id, by)
    if not 1 <= len(expert_ids) <= MOST_INVITED_AT_ONCE or len(set(expert_ids)) != len(expert_ids):
        detail = f"Name 1 to {MOST_INVITED_AT_ONCE} different experts."
        raise InvalidInput.of("/expert_ids", detail, "out_of_range")
    _require_ahead(expires_at, now)
    experts = {expert.id: expert for expert in Expert.objects.filter(id__in=expert_ids, state=Expert.State.ACTIVE)}
    if len(experts) != len(expert_ids):
        raise ExpertNotFound
    if opening.engagements.filter(expert_id__in=expert_ids).exclude(state=Engagement.State.ENDED).exists():
        raise AlreadyInvited
    words = _clean(message, "/message")
    rows = [
        Invitation(opening=opening, expert=experts[each], message=words, sent_by=by, sent_at=now, expires_at=expires_at)
        for each in expert_ids
    ]
    try:
        with transaction.atomic():
            Invitation.objects.bulk_create(rows)
    except IntegrityError as error:
        raise AlreadyInvited from error
    for row in rows:
        audit.record(action="invitation.sent", target=row, by=by.pk, now=now)
        news = InvitationSent(
            invitation_id=row.id,
            expert_user_id=row.expert.user_id,
            opening_title=opening.title,
            project_name=opening.project.name,
        )
        events.publish(news, now=now)
    return rows


@transaction.atomic
def answer_invitation(*, invitation_id: UUID, accept: bool, note: str = "", by: User, now: datetime) -> Invitation:
    """Accept (which applies for the opening) or decline an invitation addressed to oneself.

    Raises:
        InvitationNotFound, NotPermitted, IllegalTransition; OfferExpired: its time has passed.
    """
    invitation = get_invitation(by, invitation_id, lock=True)
    _require_own(invitation.expert, by)
    if invitation.expires_at <= now:
        raise OfferExpired("This invitation has expired.")
    to = Invitation.State.ACCEPTED if accept else Invitation.State.DECLINED
    states.move(invitation, to, by=by.pk, now=now)
    if accept and find_live_application(invitation.opening_id, invitation.expert_id) is None:
        application = Application.objects.create(
            opening=invitation.opening, expert=invitation.expert, note=_clean(note, "/note"), created_at=now
        )
        audit.record(action="application.submitted", target=application, by=by.pk, now=now)
    return invitation


@transaction.atomic
def send_offer(*, opening_id: UUID, offer: OfferInput, by: User, now: datetime) -> Offer:
    """Offer an opening to an expert on the terms of one pay line, frozen in the offer.

    A live application goes to OFFERED. The expert's bank country is asked first: nobody is hired who cannot be paid.

    Raises:
        OpeningNotFound, NotPermitted, ExpertNotFound, RateLineNotFound, RateLineEnded, SeatsFilled, CannotBePaid,
        AlreadyInvited; InvalidInput: the cap or expiry is out of range.
    """
    opening = _opening_to_staff(opening_id, by)
    expert = Expert.objects.filter(id=offer.expert_id, state=Expert.State.ACTIVE).first()
    if expert is None:
        raise ExpertNotFound
    line = get_rate_line(opening.id, offer.pay_line_id)
    _check_offer(opening, expert, line, offer, now)
    application = find_live_application(opening.id, expert.id)
    row = Offer(
        opening=opening,
        expert=expert,
        application=application,
        pay_line=line,
        weekly_cap_minutes=offer.weekly_cap_minutes,
        terms=_terms(opening, line, offer),
        sent_by=by,
        sent_at=now,
        expires_at=offer.expires_at,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyInvited from error
    if application is not None and application.state != Application.State.OFFERED:
        states.move(application, Application.State.OFFERED, by=by.pk, now=now)
    audit.record(action="offer.sent", target=row, by=by.pk, now=now, detail={"pay_line": str(line.id)})
    news = OfferSent(
        offer_id=row.id,
        expert_user_id=expert.user_id,
        opening_title=opening.title,
        project_name=opening.project.name,
        terms_words=row.terms["words"],
    )
    events.publish(news, now=now)
    return row


@transaction.atomic
def accept_offer(*, offer_id: UUID, by: User, now: datetime) -> Engagement:
    """Accept an offer addressed to oneself: the engagement begins on the offer's pay line.

    Raises:
        OfferNotFound, NotPermitted, OfferExpired, SeatsFilled, IllegalTransition.
    """
    offer = get_offer(by, offer_id)
    _require_own(offer.expert, by)
    opening = Opening.objects.select_for_update().get(id=offer.opening_id)
    offer = get_offer(by, offer_id, lock=True)
    if offer.state == Offer.State.SENT and offer.expires_at <= now:
        raise OfferExpired
    if count_free_seats(opening) < 1:
        raise SeatsFilled
    states.move(offer, Offer.State.ACCEPTED, by=by.pk, now=now, also={"answered_at": now})
    if offer.application_id is not None:
        application = Application.objects.select_for_update().get(id=offer.application_id)
        states.move(application, Application.State.HIRED, by=by.pk, now=now)
    engagement = Engagement.objects.create(
        expert=offer.expert,
        opening=opening,
        offer=offer,
        pay_line_id=offer.pay_line_id,
        weekly_cap_minutes=offer.weekly_cap_minutes,
        timezone=offer.expert.timezone,
        started_at=now,
    )
    audit.record(action="engagement.started", target=engagement, by=by.pk, now=now)
    news = OfferAccepted(
        offer_id=offer.id,
        engagement_id=engagement.id,
        expert_user_id=by.pk,
        sent_by_id=offer.sent_by_id,
        opening_title=opening.title,
    )
    events.publish(news, now=now)
    return engagement


@transaction.atomic
def decline_offer(*, offer_id: UUID, reason_text: str = "", by: User, now: datetime) -> Offer:
    """Decline an offer addressed to oneself; words are welcome, not needed.

    Raises:
        OfferNotFound, NotPermitted, IllegalTransition.
    """
    offer = get_offer(by, offer_id, lock=True)
    _require_own(offer.expert, by)
    words = _clean(reason_text, "/reason_text")
    also = {"answered_at": now, "reason_text": words}
    states.move(offer, Offer.State.DECLINED, by=by.pk, now=now, reason_text=words, also=also)
    _return_application(offer, Application.State.DECLINED, by, now)
    return offer


@transaction.atomic
def rescind_offer(*, offer_id: UUID, reason_code: str, reason_text: str, by: User, now: datetime) -> Offer:
    """Take back an offer that was not answered yet, with a reason that the expert reads.

    Raises:
        OfferNotFound, NotPermitted, IllegalTransition; InvalidInput: unknown code or no words.
    """
    offer = get_offer(by, offer_id, lock=True)
    require_grant(by, MANAGE, tenant=offer.opening.project.organization_id)
    reason = _reason(reason_code, reason_text, RESCIND_CODES)
    states.move(offer, Offer.State.RESCINDED, by=by.pk, now=now, also=reason, **reason)
    _return_application(offer, Application.State.SHORTLISTED, by, now)
    return offer


@transaction.atomic
def move_engagement(
    *, engagement_id: UUID, to: str, reason_code: str = "", reason_text: str = "", by: User, now: datetime
) -> Engagement:
    """Pause, resume or end an engagement. The expert may end their own; a manager gives a reason. Earned money is untouched.

    Raises:
        EngagementNotFound, NotPermitted, IllegalTransition; InvalidInput: an end without a known code and words.
    """
    engagement = get_engagement(by, engagement_id, lock=True)
    own = engagement.expert.user_id == by.pk
    if not own or to != Engagement.State.ENDED:
        require_grant(by, MANAGE, tenant=engagement.opening.project.organization_id)
    if to != Engagement.State.ENDED:
        states.move(engagement, to, by=by.pk, now=now)
        return engagement
    reason = _reason(reason_code, reason_text, END_CODES)
    states.move(engagement, to, by=by.pk, now=now, also={"ended_at": now, **reason}, **reason)
    news = EngagementEnded(
        engagement_id=engagement.id,
        expert_user_id=engagement.expert.user_id,
        opening_title=engagement.opening.title,
        reason_text=reason["reason_text"],
    )
    events.publish(news, now=now)
    return engagement


@transaction.atomic
def expire_due(*, now: datetime) -> int:
    """Expire invitations and offers whose time has passed, and return how many."""
    count = 0
    for model in (Invitation, Offer):
        due = model.objects.select_for_update(skip_locked=True).filter(state="SENT", expires_at__lte=now)
        for row in due.order_by("id")[:500]:
            states.move(row, "EXPIRED", by=None, now=now)
            if isinstance(row, Offer):
                _return_application(row, Application.State.SHORTLISTED, None, now)
            count += 1
    return count


def _opening_to_staff(opening_id: UUID, by: User) -> Opening:
    opening = get_managed_opening(by, opening_id, lock=True)
    require_grant(by, MANAGE, tenant=opening.project.organization_id)
    if opening.state != Opening.State.OPEN or opening.project.state != Project.State.PRODUCTION:
        raise SeatsFilled("This opening is not open: start the project and open it first.")
    return opening


def _check_offer(opening: Opening, expert: Expert, line: RateLine, offer: OfferInput, now: datetime) -> None:
    _require_ahead(offer.expires_at, now)
    if line.side != RateLine.Side.PAY:
        raise InvalidInput.of("/pay_line_id", "This is a bill line, not a pay line.")
    if now not in line.effective:
        raise RateLineEnded
    if not 1 <= offer.weekly_cap_minutes <= opening.weekly_cap_minutes:
        detail = f"Must be from 1 to the opening's {opening.weekly_cap_minutes} minutes."
        raise InvalidInput.of("/weekly_cap_minutes", detail, "out_of_range")
    if count_free_seats(opening) < 1:
        raise SeatsFilled
    if opening.engagements.filter(expert=expert).exclude(state=Engagement.State.ENDED).exists():
        raise AlreadyInvited
    route = pay_route(expert.bank_country, line.currency)
    if not route.is_available:
        raise CannotBePaid(route.words)


def _terms(opening: Opening, line: RateLine, offer: OfferInput) -> dict[str, object]:
    rate = Money(line.amount_minor, line.currency)
    unit = {"HOUR": "hour", "TASK": "submitted task", "ACCEPTED_TASK": "accepted task"}[line.unit]
    hours = f"{offer.weekly_cap_minutes / 60:g}"
    return {
        "project": opening.project.name,
        "opening": opening.title,
        "rate": {"amount_minor": line.amount_minor, "currency": line.currency},
        "unit": line.unit,
        "weekly_cap_minutes": offer.weekly_cap_minutes,
        "words": f"{rate.format()} per {unit}, at most {hours} h a week",
    }


def _return_application(offer: Offer, to: str, by: User | None, now: datetime) -> None:
    if offer.application_id is None:
        return
    application = Application.objects.select_for_update().get(id=offer.application_id)
    if states.can_move(application, to):
        states.move(application, to, by=by.pk if by else None, now=now)


def _require_own(expert: Expert, by: User) -> None:
    if expert.user_id != by.pk:
        raise NotPermitted("Only the expert it is addressed to can answer.")


def _require_ahead(expires_at: datetime, now: datetime) -> None:
    if expires_at <= now:
        raise InvalidInput.of("/expires_at", "Must lie ahead.", "in_the_past")


def _reason(code: str, text: str, known: dict[str, str]) -> dict[str, str]:
    if code not in known:
        raise InvalidInput.of("/reason_code", f"Must be one of {', '.join(known)}.", "unknown")
    words = _clean(text, "/reason_text")
    if not words:
        raise InvalidInput.of("/reason_text", "Say why: the expert reads it.", "required")
    return {"reason_code": code, "reason_text": words}


def _clean(text: str, pointer: str) -> str:
    try:
        return clean_text(text)
    except ValueError as error:
        raise InvalidInput.of(pointer, str(error)) from error
