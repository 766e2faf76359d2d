"""What is asked of a scope."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from django.db import transaction

from common import audit
from common.errors import InvalidInput
from common.permissions import require_grant
from common.text import clean_text
from quality.policies.models import ScopeBar
from quality.scopes.commands import ensure_scopes
from quality.scopes.rules import ScopeCodes

SET = "bars.set"
LONGEST_REASON = 2000


@transaction.atomic
def set_bars(*, scope: ScopeCodes, bar: float, promote_bar: float, reason: str, by: Any, now: datetime) -> ScopeBar:
    """This will ask ``bar`` and ``promote_bar`` (shares) of a scope, and of narrower ones without bars of their own, from now on.

    Raises:
        NotPermitted; InvalidInput: not 0 < bar < promote_bar < 1, a kind or locale without what is wider, no reason.
    """
    require_grant(by, SET)
    if (scope.locale and not scope.task_kind) or (scope.task_kind and not scope.domain):
        raise InvalidInput.of("/domain", "A locale needs a kind of task, and a kind of task needs a domain.")
    if not (math.isfinite(bar) and math.isfinite(promote_bar) and 0 < bar < promote_bar < 1):
        raise InvalidInput.of("/bar", "Both bars are shares between 0 and 1, and that of promotion is the higher one.")
    words = clean_reason(reason)
    scope_id = ensure_scopes(scopes=[scope])[scope]
    row = ScopeBar.objects.create(
        scope_id=scope_id, bar=bar, promote_bar=promote_bar, reason_text=words, set_by=by, set_at=now
    )
    detail = {"scope": str(scope), "bar": bar, "promote_bar": promote_bar}
    audit.record(action="scopebar.set", target=row, by=by.pk, now=now, reason_text=words, detail=detail)
    return row


def clean_reason(reason: str) -> str:
    """This will return a person's reason in clean words.

    Raises:
        InvalidInput: none, or with characters that are not allowed.
    """
    try:
        words = clean_text(reason, max_length=LONGEST_REASON)
    except ValueError as error:
        raise InvalidInput.of("/reason", str(error)) from error
    if not words:
        raise InvalidInput.of("/reason", "Write why.", "too_short")
    return words
