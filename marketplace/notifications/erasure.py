"""What was told to a person goes, read or not."""

from __future__ import annotations

from common.erasure import Part, PersonalRows, owned, register_part
from marketplace.notifications.models import Notice

register_part(
    "marketplace.notifications",
    Part(rows=(PersonalRows(model=Notice, find=owned(Notice, "user_id"), is_deleted=True),)),
)
