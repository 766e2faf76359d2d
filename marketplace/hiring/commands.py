"""Verbs of applications."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit, states
from common.errors import InvalidInput, NotPermitted
from common.permissions import require_grant
from common.text import clean_text
from marketplace.experts.models import Expert
from marketplace.hiring.errors import AlreadyApplied, OpeningNotOpen
from marketplace.hiring.models import Application
from marketplace.hiring.queries import get_application
from marketplace.hiring.rules import REJECTION_CODES
from marketplace.identity.models import User
from marketplace.projects.models import Opening, Project
from marketplace.projects.queries import get_opening

DECIDE = "hiring.decide"


@transaction.atomic
def apply(*, opening_id: UUID, note: str, by: User, now: datetime) -> Application:
    """Apply for an opening as the expert who is logged in.

    Raises:
        OpeningNotFound; OpeningNotOpen; NotPermitted: no active profile; AlreadyApplied; InvalidInput: the note is not clean text.
    """
    opening = get_opening(by, opening_id)
    expert = Expert.objects.filter(user_id=by.pk, state=Expert.State.ACTIVE).first()
    if expert is None:
        raise NotPermitted("Complete and activate your expert profile first.")
    if opening.state != Opening.State.OPEN or opening.project.state != Project.State.PRODUCTION:
        raise OpeningNotOpen
    application = Application(opening=opening, expert=expert, note=_clean(note, "/note"), created_at=now)
    try:
        with transaction.atomic():
            application.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyApplied from error
    audit.record(action="application.submitted", target=application, by=by.pk, now=now)
    return application


@transaction.atomic
def withdraw(*, application_id: UUID, by: User, now: datetime) -> Application:
    """Withdraw one's own application.

    Raises:
        ApplicationNotFound; NotPermitted: it is another's; IllegalTransition.
    """
    application = get_application(by, application_id, lock=True)
    if application.expert.user_id != by.pk:
        raise NotPermitted("Only the applicant can withdraw an application.")
    states.move(application, Application.State.WITHDRAWN, by=by.pk, now=now)
    return application


@transaction.atomic
def shortlist(*, application_id: UUID, by: User, now: datetime) -> Application:
    """Put an application on the shortlist.

    Raises:
        ApplicationNotFound, NotPermitted, IllegalTransition.
    """
    application = _application_to_decide(application_id, by)
    states.move(application, Application.State.SHORTLISTED, by=by.pk, now=now)
    return application


@transaction.atomic
def reject(*, application_id: UUID, reason_code: str, reason_text: str, by: User, now: datetime) -> Application:
    """Reject an application with a code and words that the expert reads.

    Raises:
        ApplicationNotFound, NotPermitted, IllegalTransition; InvalidInput: unknown code or no words.
    """
    application = _application_to_decide(application_id, by)
    if reason_code not in REJECTION_CODES:
        raise InvalidInput.of("/reason_code", f"Must be one of {', '.join(REJECTION_CODES)}.", "unknown")
    words = _clean(reason_text, "/reason_text")
    if not words:
        raise InvalidInput.of("/reason_text", "Say why: the expert reads it.", "required")
    states.move(
        application,
        Application.State.REJECTED,
        by=by.pk,
        now=now,
        reason_code=reason_code,
        reason_text=words,
        also={"reason_code": reason_code, "reason_text": words},
    )
    return application


def _application_to_decide(application_id: UUID, by: User) -> Application:
    application = get_application(by, application_id, lock=True)
    require_grant(by, DECIDE, tenant=application.opening.project.organization_id)
    if application.expert.user_id == by.pk:
        raise NotPermitted("Nobody decides on their own application.")
    return application


def _clean(text: str, pointer: str) -> str:
    try:
        return clean_text(text)
    except ValueError as error:
        raise InvalidInput.of(pointer, str(error)) from error
