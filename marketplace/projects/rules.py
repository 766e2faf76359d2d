"""What makes a project's input sound: pure checks that list every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.codes import check_country, check_locale, check_timezone
from common.currencies import get_currency
from common.errors import FieldProblem
from common.money import LARGEST_AMOUNT_MINOR
from common.text import clean_name, clean_text

MODALITIES = ("READ", "WRITE", "LISTEN", "SPEAK")
LANGUAGE_LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2", "NATIVE")
#: A near dialect is about 4 apart and a sibling language about 10; beyond 40 nothing is understood.
LARGEST_DISTANCE = 40
MINUTES_A_WEEK = 7 * 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectInput:
    """What a manager says of a project; ``budget_minor`` in minor units of ``currency``, ``quality_bar`` a share 0..1."""

    code: str
    name: str
    summary: str = ""
    domain: str
    locale: str
    task_kind: str
    quality_bar: float | None = None
    currency: str
    budget_minor: int
    starts_at: datetime
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementInput:
    """One rule of an opening, by codes; see ``projects.models.Requirement`` for which fields a kind needs."""

    kind: str
    is_hard: bool = True
    weight: int = 1
    node: str = ""
    level: int | None = None
    locale: str = ""
    modality: str = ""
    language_level: str = ""
    distance: int = 0
    countries: Sequence[str] = ()
    minutes: int | None = None
    share: float | None = None
    timezone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningInput:
    """What a manager says of an opening; ``weekly_cap_minutes`` is the most that one expert may work in a week."""

    title: str
    role: str
    seats: int
    weekly_cap_minutes: int
    requirements: Sequence[RequirementInput] = ()


class _Problems(list[FieldProblem]):
    def check(self, pointer: str, value: Any, check: Callable[[Any], Any]) -> None:
        try:
            check(value)
        except ValueError as error:
            self.append(FieldProblem(pointer, "invalid", str(error)))

    def refuse(self, pointer: str, detail: str, code: str = "out_of_range") -> None:
        self.append(FieldProblem(pointer, code, detail))


def find_project_problems(project: ProjectInput) -> list[FieldProblem]:
    """Return every defect of a project's input, by field."""
    problems = _Problems()
    problems.check("/name", project.name, clean_name)
    problems.check("/summary", project.summary, clean_text)
    problems.check("/locale", project.locale, check_locale)
    problems.check("/currency", project.currency, get_currency)
    if not 1 <= project.budget_minor <= LARGEST_AMOUNT_MINOR:
        problems.refuse("/budget_minor", f"Must be from 1 to {LARGEST_AMOUNT_MINOR} minor units.")
    if project.quality_bar is not None and not 0 <= project.quality_bar <= 1:
        problems.refuse("/quality_bar", "Must be a share from 0 to 1.")
    if project.ends_at is not None and project.ends_at <= project.starts_at:
        problems.refuse("/ends_at", "Must be later than starts_at.", "end_before_start")
    return problems


def find_opening_problems(opening: OpeningInput) -> list[FieldProblem]:
    """Return every defect of an opening's input, by field and requirement."""
    problems = _Problems()
    problems.check("/title", opening.title, clean_name)
    if not 1 <= opening.seats <= 100_000:
        problems.refuse("/seats", "Must be from 1 to 100000.")
    if not 1 <= opening.weekly_cap_minutes <= MINUTES_A_WEEK:
        problems.refuse("/weekly_cap_minutes", f"Must be from 1 to {MINUTES_A_WEEK}: a week has no more minutes.")
    for index, requirement in enumerate(opening.requirements):
        problems.extend(find_requirement_problems(requirement, f"/requirements/{index}"))
    return list(problems)


def find_requirement_problems(requirement: RequirementInput, pointer: str) -> list[FieldProblem]:
    """Return every defect of one requirement; whether its node exists is the command's question."""
    problems = _Problems()
    if not 1 <= requirement.weight <= 100:
        problems.refuse(f"{pointer}/weight", "Must be from 1 to 100.")
    check = _CHECKS.get(requirement.kind)
    if check is None:
        problems.refuse(f"{pointer}/kind", f"Must be one of {', '.join(sorted(_CHECKS))}.", "unknown")
    else:
        check(requirement, pointer, problems)
    return list(problems)


def _check_level(requirement: RequirementInput, pointer: str, problems: _Problems) -> None:
    if requirement.level is None or not 1 <= requirement.level <= 5:
        problems.refuse(f"{pointer}/level", "Must be from 1 to 5.")


def _check_nothing(requirement: RequirementInput, pointer: str, problems: _Problems) -> None:
    """A credential's node is checked against the catalogue; the pay line's rate is the opening's own."""


def _check_language(requirement: RequirementInput, pointer: str, problems: _Problems) -> None:
    problems.check(f"{pointer}/locale", requirement.locale, check_locale)
    if requirement.modality not in MODALITIES:
        problems.refuse(f"{pointer}/modality", f"Must be one of {', '.join(MODALITIES)}.", "unknown")
    if requirement.language_level not in LANGUAGE_LEVELS:
        problems.refuse(f"{pointer}/language_level", f"Must be one of {', '.join(LANGUAGE_LEVELS)}.", "unknown")
    if not 0 <= requirement.distance <= LARGEST_DISTANCE:
        problems.refuse(f"{pointer}/distance", f"Must be from 0 to {LARGEST_DISTANCE}.")


def _check_countries(requirement: RequirementInput, pointer: str, problems: _Problems) -> None:
    if not requirement.countries:
        problems.refuse(f"{pointer}/countries", "List at least one country.", "required")
    for index, country in enumerate(requirement.countries):
        problems.check(f"{pointer}/countries/{index}", country, check_country)


def _check_minutes(requirement: RequirementInput, pointer: str, problems: _Problems) -> None:
    if requirement.minutes is None or not 1 <= requirement.minutes <= MINUTES_A_WEEK:
        problems.refuse(f"{pointer}/minutes", f"Must be from 1 to {MINUTES_A_WEEK} minutes a week.")


def _check_timezone(requirement: RequirementInput, pointer: str, problems: _Problems) -> None:
    _check_minutes(requirement, pointer, problems)
    problems.check(f"{pointer}/timezone", requirement.timezone, check_timezone)


def _check_share(requirement: RequirementInput, pointer: str, problems: _Problems) -> None:
    if requirement.share is None or not 0 <= requirement.share <= 1:
        problems.refuse(f"{pointer}/share", "Must be a share from 0 to 1.")


_CHECKS: dict[str, Callable[[RequirementInput, str, _Problems], None]] = {
    "DOMAIN": _check_level,
    "SKILL": _check_level,
    "CREDENTIAL": _check_nothing,
    "LANGUAGE": _check_language,
    "COUNTRY": _check_countries,
    "RATE": _check_nothing,
    "CAPACITY": _check_minutes,
    "QUALITY": _check_share,
    "TIMEZONE": _check_timezone,
}
