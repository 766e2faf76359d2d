"""Reads of applications."""

from __future__ import annotations

from uuid import UUID

from marketplace.hiring.errors import ApplicationNotFound
from marketplace.hiring.models import Application
from marketplace.identity.models import User


def get_application(user: User, application_id: UUID, *, lock: bool = False) -> Application:
    """Return an application that ``user`` may see, locked if asked.

    Raises:
        ApplicationNotFound: absent or out of scope.
    """
    ids = Application.objects.visible_to(user).filter(id=application_id).values("id")
    rows = Application.objects.select_related("opening__project__organization", "expert__user").filter(id__in=ids)
    if lock:
        rows = rows.select_for_update(of=("self",))
    application = rows.first()
    if application is None:
        raise ApplicationNotFound
    return application


def find_live_application(opening_id: UUID, expert_id: UUID) -> Application | None:
    """Return the expert's live application for the opening, locked, if there is one."""
    rows = Application.objects.select_for_update().filter(opening_id=opening_id, expert_id=expert_id)
    return rows.filter(state__in=Application.LIVE).first()
