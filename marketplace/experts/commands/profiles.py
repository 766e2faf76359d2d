"""Verbs of profiles. Each rewrites the search row in its own transaction, so that a committed change is in the next search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit, states
from common.codes import check_locale
from common.errors import FieldProblem, InvalidInput, NotPermitted, StaleVersion
from common.permissions import require_grant
from common.text import clean_name, clean_text
from marketplace.experts import search_row
from marketplace.experts.errors import ExpertProfileNotFound, ProfileExists, ProfileIncomplete
from marketplace.experts.inputs import (
    CredentialInput,
    LanguageInput,
    ProfileInput,
    SkillInput,
    WindowInput,
    find_credential_problems,
    find_language_problems,
    find_profile_problems,
    find_skill_problems,
    find_window_problems,
)
from marketplace.experts.models import AvailabilityWindow, Credential, Expert, ExpertLanguage, ExpertSkill
from marketplace.experts.rules import LANGUAGE_LEVELS, LARGEST_LEVEL
from marketplace.identity.models import User
from marketplace.taxonomy.models import TaxonomyNode

ASSESS = "experts.assess"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExpert:
    """A whole profile at once: for imports and made-up populations."""

    user_id: UUID
    profile: ProfileInput
    languages: Sequence[LanguageInput] = ()
    skills: Sequence[SkillInput] = ()
    windows: Sequence[WindowInput] = ()
    credentials: Sequence[CredentialInput] = ()


@transaction.atomic
def create_profile(*, profile: ProfileInput, by: User, now: datetime) -> Expert:
    """Create the caller's own profile in DRAFT.

    Raises:
        InvalidInput: every defect, by field. ProfileExists. NotPermitted: an API key is no expert.
    """
    if by.kind != User.Kind.PERSON:
        raise NotPermitted("Only a person can be an expert.")
    _refuse(find_profile_problems(profile), "The profile is not valid.")
    row = Expert(user=by, created_at=now, **_clean_profile(profile))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise ProfileExists from error
    audit.record(action="expert.created", target=row, by=by.pk, now=now)
    return row


@transaction.atomic
def create_profiles(*, experts: Sequence[NewExpert], by: User | None, now: datetime) -> list[Expert]:
    """Create many active profiles in a fixed number of statements; all or none.

    Raises:
        InvalidInput: every defect, with the expert's index first in its pointer. NotPermitted: not an operator (None is the
        command line, which has no face).
    """
    if by is not None:
        require_grant(by, "operate")
    nodes = {(node.kind, node.code): node for node in TaxonomyNode.objects.filter(is_active=True)}
    problems = [
        FieldProblem(f"/{index}{problem.pointer}", problem.code, problem.detail)
        for index, expert in enumerate(experts)
        for problem in _find_problems(expert, nodes)
    ]
    _refuse(problems, "A profile is not valid.")
    rows = [
        Expert(user_id=each.user_id, created_at=now, state=Expert.State.ACTIVE, **_clean_profile(each.profile))
        for each in experts
    ]
    Expert.objects.bulk_create(rows, batch_size=1000)
    pairs = list(zip(rows, experts, strict=True))
    ExpertLanguage.objects.bulk_create(
        (_language(row, each) for row, expert in pairs for each in expert.languages), batch_size=2000
    )
    ExpertSkill.objects.bulk_create(
        (_skill(row, each, nodes) for row, expert in pairs for each in expert.skills), batch_size=2000
    )
    AvailabilityWindow.objects.bulk_create(
        (AvailabilityWindow(expert=row, **asdict(each)) for row, expert in pairs for each in expert.windows),
        batch_size=2000,
    )
    Credential.objects.bulk_create(
        (_credential(row, each, nodes) for row, expert in pairs for each in expert.credentials), batch_size=2000
    )
    search_row.refresh([row.id for row in rows], now=now)
    return rows


@transaction.atomic
def update_profile(*, profile: ProfileInput, expected_version: int, by: User, now: datetime) -> Expert:
    """Replace the caller's own words and facts.

    Raises:
        ExpertProfileNotFound, InvalidInput, StaleVersion.
    """
    row = _own_profile(by)
    if row.version != expected_version:
        raise StaleVersion(f"The current version is {row.version}.")
    _refuse(find_profile_problems(profile), "The profile is not valid.")
    for name, value in _clean_profile(profile).items():
        setattr(row, name, value)
    _touch(row, "expert.changed", by, now)
    return row


@transaction.atomic
def set_languages(*, languages: Sequence[LanguageInput], by: User, now: datetime) -> Expert:
    """Replace the caller's languages; an assessed level stays with its language and modality.

    Raises:
        ExpertProfileNotFound, InvalidInput.
    """
    row = _own_profile(by)
    _refuse(find_language_problems(languages), "A language is not valid.")
    assessed = {(each.locale, each.modality): each for each in row.languages.exclude(assessed_level="")}
    row.languages.all().delete()
    rows = [_language(row, each) for each in languages]
    for each in rows:
        before = assessed.get((each.locale, each.modality))
        if before is not None:
            each.assessed_level, each.assessed_at = before.assessed_level, before.assessed_at
    ExpertLanguage.objects.bulk_create(rows)
    _touch(row, "expert.languages_set", by, now)
    return row


@transaction.atomic
def set_skills(*, skills: Sequence[SkillInput], by: User, now: datetime) -> Expert:
    """Replace the caller's domains and skills; an assessed level stays.

    Raises:
        ExpertProfileNotFound; InvalidInput: also for a code that the catalogue does not have.
    """
    row = _own_profile(by)
    nodes = {(node.kind, node.code): node for node in TaxonomyNode.objects.filter(is_active=True)}
    _refuse(find_skill_problems(skills) + _unknown_skills(skills, nodes), "A domain or skill is not valid.")
    assessed = {each.node_id: each for each in row.skills.exclude(assessed_level=None)}
    row.skills.all().delete()
    rows = [_skill(row, each, nodes) for each in skills]
    for each in rows:
        before = assessed.get(each.node_id)
        if before is not None:
            each.assessed_level, each.assessed_by_id = before.assessed_level, before.assessed_by_id
            each.assessed_at = before.assessed_at
    ExpertSkill.objects.bulk_create(rows)
    _touch(row, "expert.skills_set", by, now)
    return row


@transaction.atomic
def set_availability(*, windows: Sequence[WindowInput], by: User, now: datetime) -> Expert:
    """Replace the caller's weekly pattern.

    Raises:
        ExpertProfileNotFound, InvalidInput.
    """
    row = _own_profile(by)
    _refuse(find_window_problems(windows), "A window is not valid.")
    row.availability.all().delete()
    AvailabilityWindow.objects.bulk_create(AvailabilityWindow(expert=row, **asdict(each)) for each in windows)
    _touch(row, "expert.availability_set", by, now)
    return row


@transaction.atomic
def add_credential(*, credential: CredentialInput, by: User, now: datetime) -> Credential:
    """Claim a credential; it counts once somebody has verified it.

    Raises:
        ExpertProfileNotFound; InvalidInput: also for an unknown code or one that is claimed already.
    """
    row = _own_profile(by)
    nodes = {(node.kind, node.code): node for node in TaxonomyNode.objects.filter(kind="CREDENTIAL", is_active=True)}
    problems = find_credential_problems(credential)
    if ("CREDENTIAL", credential.code) not in nodes:
        problems.append(FieldProblem("/code", "unknown", f"There is no credential {credential.code[:80]!r}."))
    _refuse(problems, "The credential is not valid.")
    claimed = _credential(row, credential, nodes)
    try:
        with transaction.atomic():
            claimed.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidInput.of("/code", "You have claimed this credential already.", "repeated") from error
    _touch(row, "expert.credential_added", by, now)
    return claimed


@transaction.atomic
def remove_credential(*, credential_id: UUID, by: User, now: datetime) -> Expert:
    """Remove one of the caller's credentials.

    Raises:
        ExpertProfileNotFound: no such credential on the caller's profile.
    """
    row = _own_profile(by)
    deleted, _ = row.credentials.filter(id=credential_id).delete()
    if not deleted:
        raise ExpertProfileNotFound("There is no such credential on your profile.")
    _touch(row, "expert.credential_removed", by, now)
    return row


@transaction.atomic
def verify_credential(
    *, credential_id: UUID, to: str, method: str, reason_text: str = "", by: User, now: datetime
) -> Credential:
    """Verify or refuse another person's credential, saying how; a refusal says why.

    Raises:
        NotPermitted, ExpertProfileNotFound, IllegalTransition; InvalidInput: no method, or a refusal without words.
    """
    require_grant(by, ASSESS)
    credential = Credential.objects.select_for_update(of=("self",)).select_related("expert").filter(id=credential_id)
    row = credential.first()
    if row is None:
        raise ExpertProfileNotFound("There is no such credential.")
    _refuse_own(row.expert, by)
    if not method.strip() or (to == Credential.State.REFUSED and not reason_text.strip()):
        raise InvalidInput.of("/method", "Say how it was checked, and why it is refused.", "required")
    also = {"verified_by": by, "verified_at": now, "verification_method": clean_text(method, max_length=100)}
    states.move(row, to, by=by.pk, now=now, reason_text=reason_text, also=also)
    search_row.refresh([row.expert_id], now=now)
    return row


@transaction.atomic
def assess_skill(*, expert_id: UUID, kind: str, code: str, level: int, by: User, now: datetime) -> ExpertSkill:
    """Record an assessed level (1..5) of another person's domain or skill; it counts in place of the claim.

    Raises:
        NotPermitted, ExpertProfileNotFound; InvalidInput: level out of range.
    """
    require_grant(by, ASSESS)
    if not 1 <= level <= LARGEST_LEVEL:
        raise InvalidInput.of("/level", f"Must be from 1 to {LARGEST_LEVEL}.", "out_of_range")
    rows = ExpertSkill.objects.select_for_update(of=("self",)).select_related("expert")
    row = rows.filter(expert_id=expert_id, node__kind=kind, node__code=code).first()
    if row is None:
        raise ExpertProfileNotFound("This expert does not claim that.")
    _refuse_own(row.expert, by)
    row.assessed_level, row.assessed_by, row.assessed_at = level, by, now
    row.save(update_fields=["assessed_level", "assessed_by", "assessed_at"])
    audit.record(action="expert.skill_assessed", target=row, by=by.pk, now=now, detail={"level": level})
    search_row.refresh([expert_id], now=now)
    return row


@transaction.atomic
def assess_language(
    *, expert_id: UUID, locale: str, modality: str, level: str, by: User, now: datetime
) -> ExpertLanguage:
    """Record an assessed level of another person's language; it counts in place of the claim.

    Raises:
        NotPermitted, ExpertProfileNotFound; InvalidInput: unknown level.
    """
    require_grant(by, ASSESS)
    if level not in LANGUAGE_LEVELS:
        raise InvalidInput.of("/level", f"Must be one of {', '.join(LANGUAGE_LEVELS)}.", "unknown")
    rows = ExpertLanguage.objects.select_for_update(of=("self",)).select_related("expert")
    row = rows.filter(expert_id=expert_id, locale=locale, modality=modality).first()
    if row is None:
        raise ExpertProfileNotFound("This expert does not claim that language.")
    _refuse_own(row.expert, by)
    row.assessed_level, row.assessed_at = level, now
    row.save(update_fields=["assessed_level", "assessed_at"])
    audit.record(action="expert.language_assessed", target=row, by=by.pk, now=now, detail={"level": level})
    search_row.refresh([expert_id], now=now)
    return row


@transaction.atomic
def move_profile(*, to: str, by: User, now: datetime) -> Expert:
    """Activate, pause or close the caller's own profile; what was earned is paid whatever the state.

    Raises:
        ExpertProfileNotFound, IllegalTransition; ProfileIncomplete: nothing to be found by yet.
    """
    row = _own_profile(by)
    if to == Expert.State.ACTIVE and not (row.languages.exists() and row.skills.exists()):
        raise ProfileIncomplete
    states.move(row, to, by=by.pk, now=now)
    search_row.refresh([row.id], now=now)
    return row


def _own_profile(by: User) -> Expert:
    row = Expert.objects.select_for_update().filter(user_id=by.pk).first()
    if row is None:
        raise ExpertProfileNotFound("You have no expert profile yet.")
    return row


def _touch(row: Expert, action: str, by: User, now: datetime) -> None:
    row.version += 1
    row.save()
    audit.record(action=action, target=row, by=by.pk, now=now)
    search_row.refresh([row.id], now=now)


def _refuse(problems: list[FieldProblem], detail: str) -> None:
    if problems:
        raise InvalidInput(detail, problems)


def _refuse_own(expert: Expert, by: User) -> None:
    if expert.user_id == by.pk:
        raise NotPermitted("Nobody assesses or verifies their own profile.")


def _find_problems(expert: NewExpert, nodes: dict[tuple[str, str], TaxonomyNode]) -> list[FieldProblem]:
    problems = find_profile_problems(expert.profile) + find_language_problems(expert.languages)
    problems += find_skill_problems(expert.skills) + _unknown_skills(expert.skills, nodes)
    problems += find_window_problems(expert.windows)
    for index, credential in enumerate(expert.credentials):
        problems += find_credential_problems(credential, f"/credentials/{index}")
        if ("CREDENTIAL", credential.code) not in nodes:
            problems.append(FieldProblem(f"/credentials/{index}/code", "unknown", "There is no such credential."))
    return problems


def _unknown_skills(skills: Sequence[SkillInput], nodes: dict[tuple[str, str], TaxonomyNode]) -> list[FieldProblem]:
    return [
        FieldProblem(f"/skills/{index}/code", "unknown", f"There is no {each.kind.lower()} {each.code[:80]!r}.")
        for index, each in enumerate(skills)
        if (each.kind, each.code) not in nodes
    ]


def _clean_profile(profile: ProfileInput) -> dict[str, object]:
    return asdict(profile) | {
        "legal_name": clean_name(profile.legal_name),
        "preferred_name": clean_name(profile.preferred_name),
        "headline": clean_text(profile.headline, multiline=False),
        "biography": clean_text(profile.biography),
    }


def _language(row: Expert, each: LanguageInput) -> ExpertLanguage:
    return ExpertLanguage(
        expert=row, locale=check_locale(each.locale), modality=each.modality, claimed_level=each.level
    )


def _skill(row: Expert, each: SkillInput, nodes: dict[tuple[str, str], TaxonomyNode]) -> ExpertSkill:
    node = nodes[each.kind, each.code]
    return ExpertSkill(expert=row, node=node, claimed_level=each.level, evidence=clean_text(each.evidence))


def _credential(row: Expert, each: CredentialInput, nodes: dict[tuple[str, str], TaxonomyNode]) -> Credential:
    facts = asdict(each)
    node = nodes["CREDENTIAL", facts.pop("code")]
    return Credential(expert=row, node=node, **(facts | {"issuer": clean_name(each.issuer)}))
