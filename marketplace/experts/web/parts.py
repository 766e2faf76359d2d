"""The lists of a profile as pages: each shows what is there, removes one, adds one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from common.codes import country_name, locale_name
from common.errors import NotFound
from common.formats import format_time
from marketplace.experts import commands
from marketplace.experts.errors import ExpertProfileNotFound
from marketplace.experts.forms import WEEKDAYS, CredentialForm, LanguageForm, PartForm, SkillForm, WindowForm
from marketplace.experts.inputs import LanguageInput, SkillInput, WindowInput
from marketplace.experts.models import Credential, Expert, ExpertLanguage, ExpertSkill
from marketplace.experts.queries import get_own_profile
from marketplace.identity.models import User

OWN = "expert.self"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list: what it is, more about it, and a state where it has one."""

    id: UUID
    title: str
    detail: str = ""
    word: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One list of the profile: its words, its form, and how rows are shown, added and removed."""

    title: str
    empty: str
    form: type[PartForm]
    show: Callable[[Expert, date], list[Line]]
    add: Callable[[Expert, Any, User], object]
    remove: Callable[[Expert, UUID, User], object]


def _languages(row: Expert) -> dict[UUID, LanguageInput]:
    return {
        each.id: LanguageInput(locale=each.locale, modality=each.modality, level=each.claimed_level)
        for each in row.languages.all()
    }


def _skills(row: Expert) -> dict[UUID, SkillInput]:
    return {
        each.id: SkillInput(kind=each.node.kind, code=each.node.code, level=each.claimed_level, evidence=each.evidence)
        for each in row.skills.all()
    }


def _windows(row: Expert) -> dict[UUID, WindowInput]:
    return {
        each.id: WindowInput(weekday=each.weekday, start_minute=each.start_minute, end_minute=each.end_minute)
        for each in row.availability.all()
    }


def _set_languages(row: Expert, rows: Sequence[LanguageInput], by: User) -> object:
    return commands.set_languages(languages=rows, expected_version=row.version, by=by, now=clock.now())


def _set_skills(row: Expert, rows: Sequence[SkillInput], by: User) -> object:
    return commands.set_skills(skills=rows, expected_version=row.version, by=by, now=clock.now())


def _set_windows(row: Expert, rows: Sequence[WindowInput], by: User) -> object:
    return commands.set_availability(windows=rows, expected_version=row.version, by=by, now=clock.now())


def _without[T](rows: dict[UUID, T], line_id: UUID) -> list[T]:
    if line_id not in rows:
        raise ExpertProfileNotFound("This is not on your profile any more.")
    return [each for key, each in rows.items() if key != line_id]


def _show_languages(row: Expert, today: date) -> list[Line]:
    return [_language_line(each) for each in row.languages.all()]


def _language_line(each: ExpertLanguage) -> Line:
    level = f"{each.get_modality_display()}: {each.get_claimed_level_display()}"
    return Line(each.id, locale_name(each.locale), level, *_assessed(each.get_assessed_level_display()))


def _show_skills(row: Expert, today: date) -> list[Line]:
    return [_skill_line(each) for each in row.skills.all()]


def _skill_line(each: ExpertSkill) -> Line:
    detail = f"{each.node.get_kind_display()} {each.node.code}, level {each.claimed_level}"
    return Line(each.id, each.node.name, detail, *_assessed(each.assessed_level))


def _assessed(level: str | int | None) -> tuple[str, str]:
    return (f"Assessed {level}", "done") if level else ("Claimed", "")


def _show_credentials(row: Expert, today: date) -> list[Line]:
    return [_credential_line(each, today) for each in row.credentials.all()]


def _credential_line(each: Credential, today: date) -> Line:
    until = f"until {format_time(each.valid_until, 'day')}" if each.valid_until else "without an end"
    detail = f"{each.issuer}, {country_name(each.country)}, {until}"
    if each.valid_until is not None and each.valid_until <= today:
        return Line(each.id, each.node.name, detail, "Expired", "stop")
    tones = {"CLAIMED": "ask", "VERIFIED": "done", "REFUSED": "stop"}
    return Line(each.id, each.node.name, detail, each.get_state_display(), tones[each.state])


def _show_windows(row: Expert, today: date) -> list[Line]:
    return [
        Line(each.id, WEEKDAYS[each.weekday], f"{_clock(each.start_minute)} – {_clock(each.end_minute)}")
        for each in row.availability.all()
    ]


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


PARTS = {
    "languages": Part(
        "Languages",
        "No languages yet. Openings ask for the one you write or speak.",
        LanguageForm,
        _show_languages,
        lambda row, each, by: _set_languages(row, [*_languages(row).values(), each], by),
        lambda row, line_id, by: _set_languages(row, _without(_languages(row), line_id), by),
    ),
    "skills": Part(
        "Domains and skills",
        "No domains or skills yet. They are what you are found by.",
        SkillForm,
        _show_skills,
        lambda row, each, by: _set_skills(row, [*_skills(row).values(), each], by),
        lambda row, line_id, by: _set_skills(row, _without(_skills(row), line_id), by),
    ),
    "credentials": Part(
        "Credentials",
        "No licences, degrees or certificates yet. One counts once it is verified.",
        CredentialForm,
        _show_credentials,
        lambda row, each, by: commands.add_credential(credential=each, by=by, now=clock.now()),
        lambda row, line_id, by: commands.remove_credential(credential_id=line_id, by=by, now=clock.now()),
    ),
    "availability": Part(
        "Weekly hours",
        "No hours yet. Without them only your weekly capacity counts.",
        WindowForm,
        _show_windows,
        lambda row, each, by: _set_windows(row, [*_windows(row).values(), each], by),
        lambda row, line_id, by: _set_windows(row, _without(_windows(row), line_id), by),
    ),
}


@web.page(OWN, methods=("GET", "HEAD", "POST"))
def edit_part(request: web.PageRequest, name: str) -> HttpResponse:
    """Show one list of the profile and add to it."""
    part = _get_part(name)
    row = get_own_profile(request.user)
    form = part.form(request.POST or None)

    def add(**cleaned: Any) -> object:
        return part.add(row, form.read(), request.user)

    if request.method == "POST" and web.submit(form, add) is not None:
        return web.done(request, "Added. The next search knows it.", "experts:part", name)
    context = {"name": name, "part": part, "lines": part.show(row, clock.now().date()), "form": form, "expert": row}
    return render(request, "experts/part.html", context, status=web.form_status(form))


@web.page(OWN, methods=("POST",))
def remove_from_part(request: web.PageRequest, name: str, line_id: UUID) -> HttpResponse:
    """Take one row off a list of the profile."""
    part = _get_part(name)
    part.remove(get_own_profile(request.user), line_id, request.user)
    return web.done(request, "Removed.", "experts:part", name)


def _get_part(name: str) -> Part:
    if name not in PARTS:
        raise NotFound("A profile has no such part.")
    return PARTS[name]
