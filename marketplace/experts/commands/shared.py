"""What the verbs of profiles share. Lock order: the expert's row first, then what hangs below it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from common import audit
from common.codes import check_locale
from common.errors import FieldProblem, InvalidInput, NotPermitted, StaleVersion
from common.permissions import require_grant
from common.text import clean_name, clean_text
from marketplace.experts import search_row
from marketplace.experts.errors import ExpertProfileNotFound
from marketplace.experts.inputs import CredentialInput, LanguageInput, ProfileInput, SkillInput
from marketplace.experts.models import Credential, Expert, ExpertLanguage, ExpertSkill
from marketplace.identity.models import User
from marketplace.taxonomy.models import TaxonomyNode

ASSESS = "experts.assess"

type Nodes = dict[tuple[str, str], TaxonomyNode]


def lock_own_profile(by: User, expected_version: int | None = None) -> Expert:
    """Return the caller's profile, locked. Raises ExpertProfileNotFound, StaleVersion."""
    row = Expert.objects.select_for_update().filter(user_id=by.pk).first()
    if row is None:
        raise ExpertProfileNotFound("You have no expert profile yet.")
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(f"The current version is {row.version}.")
    return row


def lock_to_assess(expert_id: UUID, by: User) -> Expert:
    """Return another person's profile, locked, for whoever may assess it.

    Raises:
        NotPermitted: the grant is missing, or the profile is the caller's own. ExpertProfileNotFound.
    """
    require_grant(by, ASSESS)
    row = Expert.objects.select_for_update().filter(id=expert_id).first()
    if row is None:
        raise ExpertProfileNotFound
    if row.user_id == by.pk:
        raise NotPermitted("Nobody assesses or verifies their own profile.")
    return row


def save_change(row: Expert, action: str, by: User, now: datetime) -> None:
    """Count the version up, record the act and rewrite the search row."""
    row.version += 1
    row.save()
    audit.record(action=action, target=row, by=by.pk, now=now)
    search_row.refresh([row.id], now=now)


def refuse(problems: list[FieldProblem], detail: str) -> None:
    """Raise InvalidInput with all the problems, if there are any."""
    if problems:
        raise InvalidInput(detail, problems)


def load_nodes(*kinds: str) -> Nodes:
    """Return the nodes that can be chosen, by kind and code."""
    rows = TaxonomyNode.objects.filter(is_active=True, kind__in=kinds)
    return {(node.kind, node.code): node for node in rows}


def find_unknown_skills(skills: list[SkillInput], nodes: Nodes) -> list[FieldProblem]:
    """Return a problem for each code that the catalogue does not have."""
    return [
        FieldProblem(f"/skills/{index}/code", "unknown", f"There is no {each.kind.lower()} {each.code[:80]!r}.")
        for index, each in enumerate(skills)
        if each.kind in ("DOMAIN", "SKILL") and (each.kind, each.code) not in nodes
    ]


def clean_profile(profile: ProfileInput) -> dict[str, object]:
    """Return a checked profile's fields as they are stored."""
    return asdict(profile) | {
        "legal_name": clean_name(profile.legal_name),
        "preferred_name": clean_name(profile.preferred_name),
        "headline": clean_text(profile.headline, multiline=False),
        "biography": clean_text(profile.biography),
    }


def make_language(row: Expert, each: LanguageInput) -> ExpertLanguage:
    """Return the unsaved row of a checked language."""
    return ExpertLanguage(
        expert=row, locale=check_locale(each.locale), modality=each.modality, claimed_level=each.level
    )


def make_skill(row: Expert, each: SkillInput, nodes: Nodes) -> ExpertSkill:
    """Return the unsaved row of a checked domain or skill."""
    node = nodes[each.kind, each.code]
    return ExpertSkill(expert=row, node=node, claimed_level=each.level, evidence=clean_text(each.evidence))


def make_credential(row: Expert, each: CredentialInput, nodes: Nodes) -> Credential:
    """Return the unsaved row of a checked credential."""
    return Credential(
        expert=row,
        node=nodes["CREDENTIAL", each.code],
        issuer=clean_name(each.issuer),
        country=each.country,
        reference=clean_text(each.reference, multiline=False),
        evidence=clean_text(each.evidence),
        valid_from=each.valid_from,
        valid_until=each.valid_until,
    )
