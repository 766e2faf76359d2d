"""One's own notices."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from common import clock, web
from marketplace.notifications import commands
from marketplace.notifications.queries import count_unread, list_notices


@web.page()
def show_notices(request: web.PageRequest) -> HttpResponse:
    """List one's notices, newest first."""
    page = web.paginate(request, list_notices(request.user))
    return render(request, "notifications/notices.html", {"page": page, "unread": count_unread(request.user)})


@web.page(methods=("POST",))
def read_notice(request: web.PageRequest, notice_id: UUID) -> HttpResponse:
    """Mark a notice as read and go where it leads."""
    notice = commands.mark_read(notice_id=notice_id, by=request.user, now=clock.now())
    return redirect(notice.path or "notices:list")


@web.page(methods=("POST",))
def read_all(request: web.PageRequest) -> HttpResponse:
    """Mark every notice as read."""
    commands.mark_all_read(by=request.user, now=clock.now())
    return web.done(request, "Every notice is marked as read.", "notices:list")
