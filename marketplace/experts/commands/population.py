"""Many profiles at once: for imports and made-up populations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from common.errors import FieldProblem
from common.models import AuditEvent
from common.permissions import require_grant
from marketplace.experts import search_row
from marketplace.experts.commands.shared import (
    Nodes,
    clean_profile,
    find_unknown_skills,
    load_nodes,
    make_credential,
    make_language,
    make_skill,
    refuse,
)
from marketplace.experts.errors import ProfileExists
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
from marketplace.identity.models import User

_ROWS_A_STATEMENT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExpert:
    """A whole profile of ``create_profiles``."""

    user_id: UUID
    profile: ProfileInput
    languages: Sequence[LanguageInput] = ()
    skills: Sequence[SkillInput] = ()
    windows: Sequence[WindowInput] = ()
    credentials: Sequence[CredentialInput] = ()


@transaction.atomic
def create_profiles(*, experts: Sequence[NewExpert], by: User | None, now: datetime) -> list[Expert]:
    """Create many active profiles in a fixed number of statements; all or none.

    Raises:
        InvalidInput: every defect, with the expert's index first in its pointer. ProfileExists: one of the people has one.
        NotPermitted: not an operator (None is the command line, which has no face).
    """
    if by is not None:
        require_grant(by, "operate")
    nodes = load_nodes("DOMAIN", "SKILL", "CREDENTIAL")
    problems = [
        FieldProblem(f"/{index}{problem.pointer}", problem.code, problem.detail)
        for index, expert in enumerate(experts)
        for problem in _find_problems(expert, nodes)
    ]
    refuse(problems, "A profile is not valid.")
    rows = [
        Expert(user_id=each.user_id, created_at=now, state=Expert.State.ACTIVE, **clean_profile(each.profile))
        for each in experts
    ]
    try:
        with transaction.atomic():
            Expert.objects.bulk_create(rows, batch_size=_ROWS_A_STATEMENT)
    except IntegrityError as error:
        raise ProfileExists("One of these people has a profile already, or has no account.") from error
    _write_parts(list(zip(rows, experts, strict=True)), nodes)
    _record(rows, by, now)
    search_row.refresh([row.id for row in rows], now=now)
    return rows


def _write_parts(pairs: list[tuple[Expert, NewExpert]], nodes: Nodes) -> None:
    ExpertLanguage.objects.bulk_create(
        (make_language(row, each) for row, expert in pairs for each in expert.languages), batch_size=_ROWS_A_STATEMENT
    )
    ExpertSkill.objects.bulk_create(
        (make_skill(row, each, nodes) for row, expert in pairs for each in expert.skills), batch_size=_ROWS_A_STATEMENT
    )
    AvailabilityWindow.objects.bulk_create(
        (AvailabilityWindow(expert=row, **asdict(each)) for row, expert in pairs for each in expert.windows),
        batch_size=_ROWS_A_STATEMENT,
    )
    Credential.objects.bulk_create(
        (make_credential(row, each, nodes) for row, expert in pairs for each in expert.credentials),
        batch_size=_ROWS_A_STATEMENT,
    )


def _record(rows: list[Expert], by: User | None, now: datetime) -> None:
    AuditEvent.objects.bulk_create(
        (
            AuditEvent(
                at=now,
                actor_id=by.pk if by else None,
                action="expert.created",
                object_type=Expert._meta.label_lower,
                object_id=str(row.pk),
            )
            for row in rows
        ),
        batch_size=_ROWS_A_STATEMENT,
    )


def _find_problems(expert: NewExpert, nodes: Nodes) -> list[FieldProblem]:
    problems = find_profile_problems(expert.profile) + find_language_problems(expert.languages)
    problems += find_skill_problems(expert.skills) + find_unknown_skills(list(expert.skills), nodes)
    problems += find_window_problems(expert.windows)
    for index, credential in enumerate(expert.credentials):
        problems += find_credential_problems(credential, f"/credentials/{index}")
        if ("CREDENTIAL", credential.code) not in nodes:
            problems.append(FieldProblem(f"/credentials/{index}/code", "unknown", "There is no such credential."))
    return problems
