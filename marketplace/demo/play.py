"""The whole job once: from sign-up to money in the bank, played through everyone's commands.

A second run finds what is there and adds nothing; an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from common import clock, events
from common.models import Delivery
from marketplace.demo.annotating import import_tasks, list_categories, play_annotations
from marketplace.demo.annotations import Dataset, read_dataset, worker_numbers
from marketplace.demo.audio_guide import play_audio_guide
from marketplace.demo.cast import choose_guest, gather_cast, gather_translators
from marketplace.demo.crowd import gather_crowd
from marketplace.demo.mistakes import play_mistakes, were_played
from marketplace.demo.payday import WEEK, pay_weeks, set_up_payees, week_of
from marketplace.demo.report import build_report
from marketplace.demo.staging import REAL_PROJECT, hire, stage_real_project
from marketplace.demo.timekeeping import play_sessions
from marketplace.projects.models import Project, RateLine
from marketplace.taxonomy.commands import sync_catalogue
from quality import facade as quality

REAL_DATA: Final = Path(__file__).parent / "data" / "mqm_sxs_ende"
#: What ``--json`` plays by default, so that two runs on two days print the same.
FIXED_AS_OF: Final = datetime(2026, 11, 20, tzinfo=UTC)
USUAL_CROWD: Final = 2000
_LONGEST_WAIT_S: Final = 60.0
_ROUND_S: Final = 0.1

type Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What may be chosen: the data, the moment before which it all happened, the seed and size of the population."""

    data: Path = REAL_DATA
    as_of: datetime = FIXED_AS_OF
    seed: int = 1
    crowd: int = USUAL_CROWD
    base_url: str = "http://127.0.0.1:8000"


def play(options: DemoOptions, *, say: Say) -> dict[str, Any]:
    """Play everything that is not there yet and return the report.

    Raises:
        BadDemoData: a file of ``options.data`` breaks its shape; the text names file and line.
    """
    dataset = _shift(read_dataset(options.data), options.as_of)
    opens_at = _opening_day(dataset)
    numbers = worker_numbers(dataset.workers)
    added = sync_catalogue()
    say(f"catalogue: {added} entries added")
    cast = gather_cast(now=opens_at)
    experts = gather_translators(numbers, now=opens_at)
    project, opening = stage_real_project(cast, list_categories(dataset), now=opens_at)
    hired_at = opens_at + timedelta(days=1)
    engagements = hire(experts, _units(numbers), opening, cast, now=hired_at)
    say(f"experts: {len(engagements)} hired for {project.name}")
    set_up_payees(experts, return_url=f"{options.base_url}/", now=clock.now())
    say(f"payees: {len(experts)} set up at the payment provider")
    added = gather_crowd(seed=options.seed, count=options.crowd, now=opens_at)
    say(f"population: {added} made-up experts added")
    batch = import_tasks(dataset, project, cast, now=hired_at)
    say(f"batch: {batch.task_count} tasks")
    play_annotations(dataset, batch, experts, cast, progress=_counter(say, "annotations decided", 500))
    play_sessions(dataset, engagements, cast, week_of=week_of, progress=_counter(say, "sessions approved", 50))
    guest = choose_guest(dataset.workers)
    unit = _units(numbers)[guest]
    play_audio_guide(experts[guest], unit, cast, now=options.as_of - timedelta(days=4))
    say("texts: a dozen tasks of a made-up project played")
    if not were_played(cast):
        # Before the mistakes, and never again after them: a yardstick is fitted from everybody, and the estimates of the real
        # work shall stand on nothing that is made up for them.
        fitted = quality.refit(now=dataset.last_at)
        say(f"quality: estimates fitted in {fitted.seconds:.1f} s")
        play_mistakes(cast, now=options.as_of - timedelta(days=4))
        say("mistakes: a harsh reviewer and a wrong key played, found and taken back")
    pay_weeks(
        cast,
        first=dataset.first_at,
        last=dataset.last_at,
        as_of=options.as_of,
        progress=_counter(say, "weeks paid", 1),
    )
    say(f"news: {deliver_news()} delivered that no worker had got to")
    return build_report(opening, experts, cast)


def deliver_news() -> int:
    """Deliver what workers have not got to yet, so that nothing is left that would still write; return how much it was."""
    acted = 0
    deadline = time.monotonic() + _LONGEST_WAIT_S
    while Delivery.objects.filter(delivered_at__isnull=True, attempts=0).exists() and time.monotonic() < deadline:
        acted += events.deliver_due(now=clock.now())
        time.sleep(_ROUND_S)
    return acted


def _shift(dataset: Dataset, as_of: datetime) -> Dataset:
    """Move the data before ``as_of``, or to where an earlier run put them: a demo of yesterday is found, not played again."""
    project = Project.objects.filter(code=REAL_PROJECT).order_by("created_at").first()
    if project is None:
        return dataset.shifted_before(as_of)
    return dataset.shifted((project.starts_at - _opening_day(dataset)) // WEEK)


def _opening_day(dataset: Dataset) -> datetime:
    """Return the Monday a week before that of the first session."""
    return week_of(dataset.first_at) - WEEK


def _units(numbers: dict[str, int]) -> dict[str, str]:
    """Odd-numbered experts are paid by accepted task, even-numbered by the hour, never both."""
    return {
        worker: RateLine.Unit.ACCEPTED_TASK if number % 2 else RateLine.Unit.HOUR for worker, number in numbers.items()
    }


def _counter(say: Say, what: str, every: int) -> Callable[[int, int], None]:
    """Return a progress function that says each ``every`` and the last."""
    told = 0

    def progress(done: int, total: int) -> None:
        nonlocal told
        if done >= told + every or done == total:
            told = done
            say(f"{what}: {done} of {total}")

    return progress
