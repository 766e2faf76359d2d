"""What an expert says of themselves, and every defect of it at once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from common.codes import check_country, check_locale, check_timezone
from common.currencies import get_currency
from common.errors import FieldProblem
from common.money import LARGEST_AMOUNT_MINOR
from common.text import clean_name, clean_text
from marketplace.experts.rules import LANGUAGE_LEVELS, LARGEST_LEVEL, MODALITIES

MINUTES_A_WEEK = 7 * 24 * 60
#: How many rows a list of a profile may have.
MOST_ROWS = 200
#: As wide as the column.
LONGEST_LOCALE = 35


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageInput:
    """One language in one modality at one level (A1..C2, NATIVE)."""

    locale: str
    modality: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillInput:
    """One domain or skill by code, its level 1..5 and what shows it."""

    kind: str
    code: str
    level: int
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialInput:
    """One licence, degree or certificate by the catalogue's code."""

    code: str
    issuer: str
    country: str
    valid_from: date
    valid_until: date | None = None
    reference: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowInput:
    """Minutes of a weekday (Monday = 0) in the expert's own zone, half-open."""

    weekday: int
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileInput:
    """An expert's own words and facts; the wish is in minor units an hour, None with an empty currency for no wish."""

    legal_name: str
    preferred_name: str
    headline: str = ""
    biography: str = ""
    residence_country: str
    tax_country: str
    bank_country: str
    timezone: str
    weekly_capacity_minutes: int
    wish_minor_per_hour: int | None = None
    wish_currency: str = ""


def find_profile_problems(profile: ProfileInput) -> list[FieldProblem]:
    """Return every defect of a profile, by field."""
    problems: list[FieldProblem] = []
    for name in ("legal_name", "preferred_name"):
        _check(problems, f"/{name}", partial(clean_name, getattr(profile, name)))
    _check(problems, "/headline", lambda: clean_text(profile.headline, multiline=False, max_length=200))
    _check(problems, "/biography", lambda: clean_text(profile.biography))
    for name in ("residence_country", "tax_country", "bank_country"):
        _check(problems, f"/{name}", partial(check_country, getattr(profile, name)))
    _check(problems, "/timezone", lambda: check_timezone(profile.timezone))
    if not 0 <= profile.weekly_capacity_minutes <= MINUTES_A_WEEK:
        problems.append(_range("/weekly_capacity_minutes", 0, MINUTES_A_WEEK))
    if profile.wish_minor_per_hour is None and profile.wish_currency:
        problems.append(FieldProblem("/wish", "incomplete", "A wish has an amount and a currency, or neither."))
    if profile.wish_minor_per_hour is not None:
        _check(problems, "/wish/currency", lambda: get_currency(profile.wish_currency))
        if not 1 <= profile.wish_minor_per_hour <= LARGEST_AMOUNT_MINOR:
            problems.append(_range("/wish/amount_minor", 1, LARGEST_AMOUNT_MINOR))
    return problems


def find_language_problems(languages: Sequence[LanguageInput]) -> list[FieldProblem]:
    """Return every defect of a list of languages, by row."""
    problems: list[FieldProblem] = []
    seen: set[tuple[str, str]] = set()
    if len(languages) > MOST_ROWS:
        problems.append(FieldProblem("/languages", "too_many", f"At most {MOST_ROWS} are allowed."))
    for index, language in enumerate(languages):
        pointer = f"/languages/{index}"
        _check(problems, f"{pointer}/locale", partial(_check_short_locale, language.locale))
        _one_of(problems, f"{pointer}/modality", language.modality, MODALITIES)
        _one_of(problems, f"{pointer}/level", language.level, LANGUAGE_LEVELS)
        key = (language.locale.lower(), language.modality)
        if key in seen:
            problems.append(FieldProblem(pointer, "repeated", "This language and modality is listed twice."))
        seen.add(key)
    return problems


def find_skill_problems(skills: Sequence[SkillInput]) -> list[FieldProblem]:
    """Return every defect of a list of domains and skills, by row; whether a code exists is the command's question."""
    problems: list[FieldProblem] = []
    seen: set[tuple[str, str]] = set()
    if len(skills) > MOST_ROWS:
        problems.append(FieldProblem("/skills", "too_many", f"At most {MOST_ROWS} are allowed."))
    for index, skill in enumerate(skills):
        pointer = f"/skills/{index}"
        _one_of(problems, f"{pointer}/kind", skill.kind, ("DOMAIN", "SKILL"))
        if not 1 <= skill.level <= LARGEST_LEVEL:
            problems.append(_range(f"{pointer}/level", 1, LARGEST_LEVEL))
        _check(problems, f"{pointer}/evidence", partial(clean_text, skill.evidence, max_length=4000))
        if (skill.kind, skill.code) in seen:
            problems.append(FieldProblem(pointer, "repeated", "This is listed twice."))
        seen.add((skill.kind, skill.code))
    return problems


def find_credential_problems(credential: CredentialInput, pointer: str = "") -> list[FieldProblem]:
    """Return every defect of a credential, by field."""
    problems: list[FieldProblem] = []
    _check(problems, f"{pointer}/issuer", lambda: clean_name(credential.issuer))
    _check(problems, f"{pointer}/country", lambda: check_country(credential.country))
    _check(problems, f"{pointer}/reference", lambda: clean_text(credential.reference, multiline=False, max_length=100))
    _check(problems, f"{pointer}/evidence", lambda: clean_text(credential.evidence, max_length=4000))
    if credential.valid_until is not None and credential.valid_until <= credential.valid_from:
        problems.append(FieldProblem(f"{pointer}/valid_until", "end_before_start", "Must be later than valid_from."))
    return problems


def find_window_problems(windows: Sequence[WindowInput]) -> list[FieldProblem]:
    """Return every defect of a weekly pattern, by row; windows of a day must not overlap."""
    problems: list[FieldProblem] = []
    if len(windows) > MOST_ROWS:
        return [FieldProblem("/windows", "too_many", f"At most {MOST_ROWS} are allowed.")]
    for index, window in enumerate(windows):
        if not 0 <= window.weekday <= 6:
            problems.append(_range(f"/windows/{index}/weekday", 0, 6))
        if not 0 <= window.start_minute < window.end_minute <= 1440:
            detail = "Must run from an earlier to a later minute of one day (0 to 1440)."
            problems.append(FieldProblem(f"/windows/{index}", "out_of_range", detail))
        clash = any(
            other.weekday == window.weekday
            and other.start_minute < window.end_minute
            and window.start_minute < other.end_minute
            for other in windows[:index]
        )
        if clash:
            problems.append(FieldProblem(f"/windows/{index}", "overlap", "Overlaps with an earlier window."))
    return problems


def find_text_problems(pointer: str, text: str, max_length: int, *, required: bool) -> list[FieldProblem]:
    """Return what is wrong with a text beside the profile, such as the reason of a refusal."""
    problems: list[FieldProblem] = []
    _check(problems, pointer, lambda: clean_text(text, max_length=max_length))
    if required and not text.strip():
        problems.append(FieldProblem(pointer, "required", "Write a few words."))
    return problems


def _check_short_locale(tag: str) -> str:
    locale = check_locale(tag)
    if len(locale) > LONGEST_LOCALE:
        raise ValueError(f"has {len(locale)} characters; at most {LONGEST_LOCALE} are allowed")
    return locale


def _check(problems: list[FieldProblem], pointer: str, check: Callable[[], object]) -> None:
    try:
        check()
    except ValueError as error:
        problems.append(FieldProblem(pointer, "invalid", str(error)))


def _one_of(problems: list[FieldProblem], pointer: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        problems.append(FieldProblem(pointer, "unknown", f"Must be one of {', '.join(allowed)}."))


def _range(pointer: str, lowest: int, highest: int) -> FieldProblem:
    return FieldProblem(pointer, "out_of_range", f"Must be from {lowest} to {highest}.")
