"""Quality as pages show it: one's own with its reasons, and a map of people and scopes for managers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.identity.models import User
from marketplace.portal.rules import NINETY, USUAL_BAR, chance_above
from marketplace.projects.models import Project
from marketplace.staffing.models import Engagement
from marketplace.work.models import Review
from quality.facade import (
    QualityFigure,
    ReviewerFigure,
    ReviewerFinding,
    ScopeCodes,
    list_estimates,
    list_reviewer_findings,
    list_reviewer_severities,
    visible_heat_map,
)


@dataclass(frozen=True, slots=True)
class MapCell:
    """A figure in points of 100 as the heat map shows it."""

    value: float
    low: float
    high: float
    chance_above: float
    inherited: bool
    answers: float

    @property
    def width(self) -> float:
        """How wide the interval is."""
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class MapRow:
    """One person of the map; a cell is None where they have neither work nor an engagement."""

    worker_id: UUID
    name: str
    cells: list[MapCell | None]

    @property
    def widest(self) -> float:
        """The widest interval of the row, in points."""
        return max((cell.high - cell.low for cell in self.cells if cell), default=0.0)


@dataclass(frozen=True, slots=True)
class QualityMap:
    """People by scopes; ``bar`` is a share."""

    scopes: list[ScopeCodes]
    rows: list[MapRow]
    bar: float


@dataclass(frozen=True, slots=True)
class SeverityRow:
    """A reviewer's severity with its 90 % interval, in points; positive = strict."""

    reviewer_id: UUID
    name: str
    value: float
    low: float
    high: float
    reviews: int


def scope_of_project(project: Project) -> ScopeCodes:
    """Return the scope in which work of a project is judged."""
    return ScopeCodes(project.domain.code, project.locale, project.task_kind)


def own_scopes(user: User) -> list[QualityFigure]:
    """Return the expert's figures by evidence of their own in fully named scopes, those with most answers first."""
    rows = [row for row in list_estimates(worker_ids=[user.pk]) if row.scope.locale and row.scope.task_kind]
    return sorted(rows, key=lambda row: (-row.n_eff, row.scope))


def bar_of(scope: ScopeCodes) -> float | None:
    """Return the highest bar (a share) among running projects of a scope, if any has one."""
    rows = Project.objects.filter(
        domain__code=scope.domain, locale=scope.locale, task_kind=scope.task_kind, quality_bar__isnull=False
    )
    return rows.order_by("-quality_bar").values_list("quality_bar", flat=True).first()


def quality_map(user: User, *, project: Project | None = None, bar: float | None = None) -> QualityMap:
    """Return the people engaged in the viewer's projects (or in one) by the scopes of these projects."""
    projects = list(Project.objects.managed_by(user).select_related("domain").order_by("name", "id"))
    chosen = [row for row in projects if project is None or row.id == project.id]
    scopes = list(dict.fromkeys(scope_of_project(row) for row in chosen))
    engaged = _engaged(chosen)
    people = dict(sorted(names_of_engaged(chosen).items(), key=lambda item: (item[1], item[0])))
    line = bar if bar is not None else max((row.quality_bar for row in chosen if row.quality_bar), default=USUAL_BAR)
    figures = visible_heat_map(user, list(people), scopes)
    rows = [
        MapRow(
            worker_id, name, [_cell(figures[worker_id][scope], (worker_id, scope) in engaged, line) for scope in scopes]
        )
        for worker_id, name in people.items()
        if worker_id in figures
    ]
    return QualityMap(scopes, rows, line)


def names_of_engaged(projects: Sequence[Project]) -> dict[UUID, str]:
    """Return the names of everybody who is or was engaged in these projects, by their user's id."""
    rows = Engagement.objects.filter(opening__project__in=projects)
    return dict(rows.values_list("expert__user_id", "expert__preferred_name"))


def _engaged(projects: Sequence[Project]) -> set[tuple[UUID, ScopeCodes]]:
    scopes = {row.id: scope_of_project(row) for row in projects}
    rows = Engagement.objects.filter(opening__project__in=projects)
    pairs = rows.values_list("expert__user_id", "opening__project_id").distinct()
    return {(worker_id, scopes[project_id]) for worker_id, project_id in pairs}


def _cell(figure: QualityFigure, is_engaged: bool, bar: float) -> MapCell | None:
    has_own_work = not figure.is_inherited and figure.n_eff > 0
    if not has_own_work and not is_engaged:
        return None
    return MapCell(
        value=100 * figure.mean,
        low=100 * figure.low90,
        high=100 * figure.high90,
        chance_above=chance_above(figure.mean, figure.low90, figure.high90, bar),
        inherited=not has_own_work,
        answers=figure.n_eff,
    )


def list_severities(user: User, *, project: Project | None = None) -> list[SeverityRow]:
    """Return how strict the reviewers of the viewer's projects are, the strictest first."""
    projects = Project.objects.managed_by(user) if project is None else [project]
    reviews = Review.objects.filter(submission__claim__project__in=projects)
    names = {
        reviewer_id: name or email
        for reviewer_id, name, email in reviews.values_list(
            "reviewer_id", "reviewer__full_name", "reviewer__email"
        ).distinct()
    }
    figures = list_reviewer_severities(reviewer_ids=list(names)) if names else []
    return [_severity(figure, names[figure.reviewer_id]) for figure in figures]


def list_standing_out(user: User) -> list[tuple[str, ReviewerFinding]]:
    """Return by name the reviewers who differ from the others beyond chance, where the viewer corrects quality."""
    findings = [finding for finding in list_reviewer_findings(user) if finding.stands_out]
    people = User.objects.in_bulk([finding.reviewer_id for finding in findings])
    return [(people[finding.reviewer_id].get_full_name(), finding) for finding in findings]


def _severity(figure: ReviewerFigure, name: str) -> SeverityRow:
    reach = NINETY * figure.severity_se
    ends = [100 * (figure.severity - reach), 100 * (figure.severity + reach)]
    return SeverityRow(figure.reviewer_id, name, 100 * figure.severity, ends[0], ends[1], figure.reviews)
