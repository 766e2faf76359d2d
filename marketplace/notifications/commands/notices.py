"""Notices: written with the news, shown in the app, mailed by a worker."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from common.erasure import is_erased
from common.queue import enqueue_on_commit
from marketplace.identity.models import User
from marketplace.notifications.errors import NoticeNotFound
from marketplace.notifications.models import Notice
from marketplace.notifications.rules import MOST_MAIL_ATTEMPTS

logger = logging.getLogger(__name__)


@transaction.atomic
def notify(*, user_id: UUID | str, source_key: str, kind: str, title: str, body: str, path: str, now: datetime) -> None:
    """Tell a person once per ``source_key``; told again, nothing happens. Who was erased is told nothing any more."""
    if is_erased(user_id):
        return
    made = Notice.objects.bulk_create(
        [
            Notice(
                user_id=user_id,
                source_key=source_key,
                kind=kind,
                title=title[:200],
                body=body,
                path=path,
                created_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    if made:
        enqueue_on_commit("notifications.mail_due")


@transaction.atomic
def mark_read(*, notice_id: UUID, by: User, now: datetime) -> Notice:
    """Mark one's own notice as read; reading it again keeps the first time.

    Raises:
        NoticeNotFound.
    """
    notice = Notice.objects.select_for_update().filter(id=notice_id, user=by).first()
    if notice is None:
        raise NoticeNotFound
    if notice.read_at is None:
        notice.read_at = now
        notice.save(update_fields=["read_at"])
    return notice


def mark_all_read(*, by: User, now: datetime) -> int:
    """Mark all of one's own notices as read and return how many were not."""
    return Notice.objects.filter(user=by, read_at__isnull=True).update(read_at=now)


def mail_due(*, now: datetime, limit: int = 100) -> int:
    """Send mail that is due and return how many went out.

    A notice is claimed before its mail is sent and outside any transaction: a crash in between loses at most that one mail,
    never the notice, and nobody gets the same mail for ever.
    """
    sent = 0
    for _ in range(limit):
        notice = _claim_mail()
        if notice is None:
            break
        sent += _send(notice, now)
    return sent


@transaction.atomic
def _claim_mail() -> Notice | None:
    rows = Notice.objects.select_for_update(skip_locked=True, of=("self",)).select_related("user")
    notice = rows.filter(mail_state=Notice.MailState.PENDING).order_by("created_at", "id").first()
    if notice is not None:
        notice.mail_state = Notice.MailState.SENT
        notice.mail_attempts += 1
        notice.save(update_fields=["mail_state", "mail_attempts"])
    return notice


def _send(notice: Notice, now: datetime) -> bool:
    link = f"{settings.BASE_URL}{notice.path}" if notice.path else settings.BASE_URL
    try:
        send_mail(notice.title, f"{notice.body}\n\n{link}\n", settings.DEFAULT_FROM_EMAIL, [notice.user.email])
    except OSError:
        logger.exception("notifications.mail_failed", extra={"notice_id": str(notice.id)})
        gone = notice.mail_attempts >= MOST_MAIL_ATTEMPTS
        state = Notice.MailState.FAILED if gone else Notice.MailState.PENDING
        Notice.objects.filter(id=notice.id).update(mail_state=state)
        return False
    Notice.objects.filter(id=notice.id).update(mailed_at=now)
    return True
