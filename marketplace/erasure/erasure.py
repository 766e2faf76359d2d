"""What a request to be forgotten tells of the person: the answer to it loses their name."""

from __future__ import annotations

from common.erasure import Part, PersonalRows, owned, register_part
from marketplace.erasure.models import ErasureRequest

register_part(
    "marketplace.erasure",
    Part(rows=(PersonalRows(model=ErasureRequest, find=owned(ErasureRequest, "person_id"), named=("answer",)),)),
)
