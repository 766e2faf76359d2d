"""How reports of a device become stretches of time, and how a week is cut. Pure.

The device's clock says when something happened; ours says when we heard of it. A device may be offline for days, so the
stretch is reckoned by its own clock. Only a clock that runs ahead of ours is corrected, by its largest lead: time that has not
happened cannot be booked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

#: A running device reports each minute; a silence longer than this ends the stretch at the last report.
LONGEST_SILENCE: Final = timedelta(minutes=15)
LONGEST_ENTRY: Final = timedelta(hours=24)
FUTURE_TOLERANCE: Final = timedelta(minutes=5)
OLDEST: Final = timedelta(days=60)
#: Silence of the client approves. Source: the seven-day default that task markets use.
AUTO_APPROVE_AFTER: Final = timedelta(days=7)
#: A lead below this is left alone: clocks of phones and servers differ by seconds.
SKEW_TOLERANCE: Final = timedelta(seconds=30)

#: What a timer's entry says when nobody stopped it.
SILENT_END: Final = "Ended at the last sign of life: the device fell silent."


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report of a device: START, BEAT, PAUSE or STOP, by its clock and by ours."""

    sequence: int
    kind: str
    client_at: datetime
    server_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One stretch of work, half-open; ``ends_at`` is None while it runs. ``was_silent`` says that a silence ended it."""

    first_sequence: int
    starts_at: datetime
    ends_at: datetime | None
    last_seen_at: datetime
    was_silent: bool = False


def fold(reports: Sequence[Report], *, now: datetime) -> list[Stretch]:
    """Return the stretches that ``reports`` (of one device and engagement, any order) add up to.

    A START or a BEAT opens a stretch, a BEAT keeps it, a PAUSE or STOP ends it. A second START ends the first stretch at its
    last report. Stretches of no length are dropped.
    """
    ordered = sorted(reports, key=lambda report: report.sequence)
    skew = clock_skew(ordered)
    stretches: list[Stretch] = []
    opened: Stretch | None = None
    for report in ordered:
        at = report.client_at - skew
        if opened is not None and (report.kind == "START" or at - opened.last_seen_at > LONGEST_SILENCE):
            stretches.append(_close(opened, opened.last_seen_at, silent=report.kind != "START"))
            opened = None
        if opened is None:
            if report.kind in ("START", "BEAT"):
                opened = Stretch(first_sequence=report.sequence, starts_at=at, ends_at=None, last_seen_at=at)
            continue
        at = max(at, opened.last_seen_at)
        opened = Stretch(
            first_sequence=opened.first_sequence, starts_at=opened.starts_at, ends_at=None, last_seen_at=at
        )
        if report.kind in ("PAUSE", "STOP"):
            stretches.append(_close(opened, at))
            opened = None
    if opened is not None:
        silent = now - opened.last_seen_at > LONGEST_SILENCE
        stretches.append(_close(opened, opened.last_seen_at, silent=True) if silent else opened)
    return [stretch for stretch in stretches if stretch.ends_at is None or stretch.ends_at > stretch.starts_at]


def clock_skew(reports: Sequence[Report]) -> timedelta:
    """Return how far the device's clock is ahead of ours, judged by the report that shows most of it.

    A report cannot reach us before it was made, so a lead is real. A lag is not: an offline batch looks just like it.
    """
    lead = max((report.client_at - report.server_at for report in reports), default=timedelta())
    return lead if lead > SKEW_TOLERANCE else timedelta()


def _close(stretch: Stretch, at: datetime, *, silent: bool = False) -> Stretch:
    return Stretch(
        first_sequence=stretch.first_sequence,
        starts_at=stretch.starts_at,
        ends_at=at,
        last_seen_at=stretch.last_seen_at,
        was_silent=silent,
    )


def week_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """Return the instants, in UTC, at which the week of ``day`` begins and ends: Mondays at midnight on the wall of ``zone``.

    A week with a change of clocks has 167 or 169 hours; the instants are right all the same.
    """
    monday = day - timedelta(days=day.weekday())
    return local_midnight(monday, zone), local_midnight(monday + timedelta(days=7), zone)


def local_midnight(day: date, zone: str) -> datetime:
    """Return the first instant of ``day`` in ``zone``, in UTC; where midnight is skipped, the first instant after it."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return midnight.astimezone(UTC)


def seconds_by_day(starts_at: datetime, ends_at: datetime, zone: str) -> dict[date, int]:
    """Return the whole seconds of ``[starts_at, ends_at)`` on each local day; they always sum to the elapsed seconds."""
    shares: dict[date, int] = {}
    start, end = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    total = int((end - start).total_seconds())
    given = 0
    day = start.astimezone(ZoneInfo(zone)).date()
    while given < total:
        border = min(end, local_midnight(day + timedelta(days=1), zone))
        up_to = int((border - start).total_seconds())
        if up_to > given:
            shares[day] = up_to - given
            given = up_to
        day += timedelta(days=1)
    return shares
