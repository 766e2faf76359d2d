"""What standing does with news of quality."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from common.events import subscribe
from marketplace.standing.commands import note_lost_ground
from quality.facade import ProposalLostGround


def take_note_of_lost_ground(news: Mapping[str, Any], now: datetime) -> None:
    """Keep a case whose evidence was withdrawn from ending in a pause."""
    note_lost_ground(proposal_id=news["proposal_id"], now=now)


subscribe(ProposalLostGround, take_note_of_lost_ground)
