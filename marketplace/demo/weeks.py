"""When made-up people are free: weekly patterns in their own time. Pure."""

from random import Random

from marketplace.experts.inputs import WindowInput

HALF_HOUR = 30
DAY_MINUTES = 24 * 60

PATTERNS = {
    "workday": (5, 9 * 60, 8 * 60),
    "part-time": (3, 9 * 60, 4 * 60),
    "evening": (5, 18 * 60, 3 * 60),
    "night": (4, 22 * 60, 4 * 60),
    "free-days": (0, 10 * 60, 6 * 60),
}
"""Working days used, start and length in minutes; free-days means the days that are not worked."""

WEIGHTS = (5, 4, 5, 1, 3)


def draw_windows(random: Random, workdays: tuple[int, ...]) -> tuple[tuple[WindowInput, ...], int]:
    """This will draw a weekly pattern and the minutes of it that a person would work, a multiple of half an hour.

    Windows are half-open, by weekday (Monday is 0) and start, and never overlap; a night that runs past midnight is two
    windows. The minutes are at least half an hour and at most the sum of the windows.
    """
    name = random.choices(list(PATTERNS), WEIGHTS)[0]
    days_used, start, length = PATTERNS[name]
    start += HALF_HOUR * random.randint(-2, 3)
    days = sorted(random.sample(workdays, days_used)) if days_used else [d for d in range(7) if d not in workdays]
    windows = [window for day in days for window in _windows(day, start, start + length)]
    windows.sort(key=lambda window: (window.weekday, window.start_minute))
    free_minutes = sum(window.end_minute - window.start_minute for window in windows)
    share = random.choice([0.5, 0.75, 0.9, 1.0])
    capacity = max(int(free_minutes * share) // HALF_HOUR * HALF_HOUR, HALF_HOUR)
    return tuple(windows), capacity


def _windows(day: int, start: int, end: int) -> list[WindowInput]:
    """Cut at midnight: nobody's window may run over the end of a day."""
    tomorrow = (day + 1) % 7
    if start >= DAY_MINUTES:
        return [WindowInput(weekday=tomorrow, start_minute=start - DAY_MINUTES, end_minute=end - DAY_MINUTES)]
    if end <= DAY_MINUTES:
        return [WindowInput(weekday=day, start_minute=start, end_minute=end)]
    return [
        WindowInput(weekday=day, start_minute=start, end_minute=DAY_MINUTES),
        WindowInput(weekday=tomorrow, start_minute=0, end_minute=end - DAY_MINUTES),
    ]
