"""What evidence from outside must be."""

from __future__ import annotations

import math
from datetime import datetime

from common.clock import require_aware
from common.errors import InvalidInput
from quality.evidence.values import ActorKind, JudgmentKind, NewJudgment


def check_judgment(place: int, judgment: NewJudgment) -> None:
    if not (math.isfinite(judgment.value) and 0 <= judgment.value <= 1):
        raise InvalidInput.of(f"/{place}/value", "A judgment's value is from 0 to 1.")
    if not 0 < judgment.confidence <= 1:
        raise InvalidInput.of(f"/{place}/confidence", "A confidence is above 0 and at most 1.")
    if judgment.actor_id == judgment.worker_id:
        raise InvalidInput.of(f"/{place}/actor_id", "Nobody judges their own work.")
    if judgment.kind == JudgmentKind.GOLD and judgment.actor_kind == ActorKind.MODEL:
        raise InvalidInput.of(f"/{place}/actor_kind", "A model does not judge gold.")
    if judgment.kind == JudgmentKind.AGREEMENT:
        raise InvalidInput.of(f"/{place}/kind", "Agreement is worked out from labels: record those.")
    check_instant(f"/{place}/at", judgment.at)


def check_instant(pointer: str, instant: datetime) -> None:
    try:
        require_aware(instant)
    except ValueError as error:
        raise InvalidInput.of(pointer, f"{error}.", "naive") from error


def check_keys(keys: list[str]) -> None:
    seen: set[str] = set()
    for place, key in enumerate(keys):
        if not key or len(key) > 200:
            raise InvalidInput.of(f"/{place}/source_key", "A source key has 1 to 200 characters.")
        if key in seen:
            raise InvalidInput.of(f"/{place}/source_key", f"{key} is twice in the list.", "repeated")
        seen.add(key)
