"""The whole job once: from sign-up to money in the bank, played through everyone's commands.

A second run finds what is there and adds nothing; an interrupted run goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from common import clock
from marketplace.demo.annotating import import_tasks, list_categories, play_annotations
from marketplace.demo.annotations import Dataset, read_dataset, worker_numbers
from marketplace.demo.audio_guide import play_audio_guide
from marketplace.demo.cast import gather_cast, gather_translators
from marketplace.demo.crowd import gather_crowd
from marketplace.demo.payday import pay_weeks, set_up_payees, week_of
from marketplace.demo.report import build_report
from marketplace.demo.staging import hire, stage_real_project
from marketplace.demo.timekeeping import play_sessions
from marketplace.projects.models import RateLine
from marketplace.taxonomy.commands import sync_catalogue
from quality import facade as quality

REAL_DATA: Final = Path(__file__).parent / "data" / "mqm_sxs_ende"
#: What ``--json`` plays by default, so that two runs on two days print the same.
FIXED_AS_OF: Final = datetime(2026, 11, 20, tzinfo=UTC)
USUAL_CROWD: Final = 2000

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
    dataset = read_dataset(options.data).shifted_before(options.as_of)
    opens_at = week_of(_first_moment(dataset)) - timedelta(days=7)
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
    play_sessions(dataset, engagements, cast, week_of=week_of, progress=_counter(say, "sessions approved", 100))
    play_audio_guide(experts[dataset.workers[0]], cast, now=hired_at)
    fitted = quality.refit(now=dataset.last_at)
    say(f"quality: estimates fitted in {fitted.seconds:.1f} s")
    pay_weeks(
        cast,
        first=_first_moment(dataset),
        last=dataset.last_at,
        as_of=options.as_of,
        progress=_counter(say, "weeks paid", 1),
    )
    return build_report(opening, experts)


def _units(numbers: dict[str, int]) -> dict[str, str]:
    """Odd-numbered experts are paid by accepted task, even-numbered by the hour, never both."""
    return {
        worker: RateLine.Unit.ACCEPTED_TASK if number % 2 else RateLine.Unit.HOUR for worker, number in numbers.items()
    }


def _first_moment(dataset: Dataset) -> datetime:
    return min(session.starts_at for session in dataset.sessions)


def _counter(say: Say, what: str, every: int) -> Callable[[int, int], None]:
    """Return a progress function that says each ``every`` and the last."""
    told = 0

    def progress(done: int, total: int) -> None:
        nonlocal told
        if done >= told + every or done == total:
            told = done
            say(f"{what}: {done} of {total}")

    return progress
