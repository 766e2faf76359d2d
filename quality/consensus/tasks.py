"""Answers and rankings between two nights."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from common import clock
from quality.consensus.commands import fit_new_words

BEAT_SCHEDULE = {
    "quality.fit_new_words": {"task": "quality.fit_new_words", "schedule": 300.0, "options": {"expires": 300}}
}


@shared_task(name="quality.fit_new_words")
def fit_projects_with_new_words(**kwargs: Any) -> int:
    """Put together what was said in projects with new labels or comparisons."""
    return fit_new_words(now=clock.now())
