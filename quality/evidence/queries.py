"""Reading evidence, summed as the methods want it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Avg, Count, Q, QuerySet, Sum

from quality.evidence.models import Comparison, GoldExposure, GoldItem, Judgment, Label, Rating
from quality.evidence.values import (
    ActorKind,
    ComparisonValue,
    EvidenceSum,
    GoldCheck,
    GoldMeeting,
    JudgmentKind,
    LabelValue,
    PlantedCount,
    Project,
    RatingValue,
    RetirementReason,
    ReviewScoreValue,
)


def list_evidence(worker_ids: Collection[UUID] | None = None) -> list[EvidenceSum]:
    """Return the effective judgments (of these workers, or of all), summed and in one fixed order."""
    rows = Judgment.objects.effective()
    if worker_ids is not None:
        rows = rows.filter(worker_id__in=list(worker_ids))
    sums = (
        rows.values_list("worker_id", "scope_id", "kind", "actor_id", "value")
        .annotate(weight=Sum("confidence"), count=Count("id"))
        .order_by("worker_id", "scope_id", "kind", "actor_id", "value")
    )
    return [EvidenceSum(*row) for row in sums]


def list_latest_ratings(scope_ids: Iterable[UUID] | None = None) -> list[RatingValue]:
    """Return each worker's newest score of each item and criterion, in one fixed order."""
    rows = Rating.objects.all()
    if scope_ids is not None:
        rows = rows.filter(scope_id__in=list(scope_ids))
    latest = (
        rows.order_by("scope_id", "item_key", "worker_id", "criterion", "-at", "-id")
        .distinct("scope_id", "item_key", "worker_id", "criterion")
        .values_list("scope_id", "direction", "item_key", "worker_id", "criterion", "value")
    )
    return [RatingValue(*row) for row in latest.iterator(chunk_size=20_000)]


def count_words(project: Project | None = None) -> dict[Project, tuple[int, int]]:
    """Return how many labels and comparisons there are of each project (or of one), in one fixed order."""
    labels = _count_by_project(_of_project(Label.objects.all(), project))
    comparisons = _count_by_project(_of_project(Comparison.objects.all(), project))
    return {each: (labels[each], comparisons[each]) for each in sorted(labels.keys() | comparisons.keys())}


def _count_by_project(rows: QuerySet[Label] | QuerySet[Comparison]) -> Counter[Project]:
    counts = rows.order_by().values_list("scope_id", "tenant", "project").annotate(rows=Count("id"))
    return Counter({Project(*where): count for *where, count in counts})


def iterate_latest_labels(project: Project | None = None) -> Iterator[LabelValue]:
    """Read each worker's newest label of each item (of one project), by scope, tenant and project, in one fixed order."""
    order = ("scope_id", "tenant", "project", "item_key", "worker_id")
    latest = _of_project(Label.objects.all(), project).order_by(*order, "-at", "-id").distinct(*order)
    return (LabelValue(*row) for row in latest.values_list(*order, "label").iterator(chunk_size=20_000))


def iterate_comparisons(project: Project | None = None) -> Iterator[ComparisonValue]:
    """Read every comparison (of one project), by scope, tenant and project, in one fixed order."""
    order = ("scope_id", "tenant", "project", "first", "second", "worker_id", "winner")
    rows = _of_project(Comparison.objects.all(), project).order_by(*order).values_list(*order)
    return (ComparisonValue(*row) for row in rows.iterator(chunk_size=20_000))


def _of_project[Row: (Label, Comparison)](rows: QuerySet[Row], project: Project | None) -> QuerySet[Row]:
    if project is None:
        return rows
    return rows.filter(scope_id=project.scope_id, tenant=project.tenant, project=project.code)


def list_known_answers() -> dict[str, str]:
    """Return the class of each item that is planted with one, for all workers; wrong and ambiguous keys are left out."""
    planted = GoldItem.objects.exclude(retired_reason=RetirementReason.WRONG_KEY)
    answers: dict[str, set[str]] = {}
    for item_key, answer in planted.values_list("item_key", "answer").iterator(chunk_size=20_000):
        if "worker" not in answer and answer.get("category"):
            answers.setdefault(item_key, set()).add(str(answer["category"]))
    return {item_key: next(iter(classes)) for item_key, classes in answers.items() if len(classes) == 1}


def count_meetings(*, places: Collection[tuple[str, str]], since: datetime) -> PlantedCount:
    """Return how many planted items of these (tenant, project)s were met since then, and found; wrong keys do not count."""
    wanted = [Q(gold__tenant=tenant, gold__project=project) for tenant, project in sorted(places)]
    if not wanted:
        return PlantedCount(0, 0)
    rows = GoldExposure.objects.filter(reduce(or_, wanted), first_seen_at__gte=since)
    counts = rows.exclude(gold__retired_reason=RetirementReason.WRONG_KEY).aggregate(
        met=Count("id"), found=Count("id", filter=Q(found=True))
    )
    return PlantedCount(counts["met"], counts["found"])


def list_judged_pairs(
    worker_ids: Collection[UUID] | None = None,
) -> set[tuple[UUID, UUID]]:
    """Return every (worker, scope) ever judged, withdrawn judgments included."""
    rows = Judgment.objects.all()
    if worker_ids is not None:
        rows = rows.filter(worker_id__in=list(worker_ids))
    return set(rows.values_list("worker_id", "scope_id").distinct())


def list_judged_workers(*, since: datetime, until: datetime) -> set[UUID]:
    """Return everybody of whose work from after ``since`` until ``until`` a judgment counts."""
    rows = Judgment.objects.effective().filter(at__gt=since, at__lte=until)
    return set(rows.values_list("worker_id", flat=True).distinct())


def list_pairs_of_gold(gold_id: UUID) -> set[tuple[UUID, UUID]]:
    """Return every (worker, scope) that results of a planted item count for."""
    rows = Judgment.objects.effective().filter(exposure__gold_id=gold_id)
    return set(rows.values_list("worker_id", "scope_id"))


def list_pairs_of_actor(actor_id: UUID, tenant: str) -> set[tuple[UUID, UUID]]:
    """Return every (worker, scope) that a person's judgments in a tenant count for."""
    rows = Judgment.objects.effective().filter(actor_id=actor_id, tenant=tenant)
    return set(rows.values_list("worker_id", "scope_id"))


def list_gold_meetings(pools: Collection[tuple[str, str]]) -> list[GoldMeeting]:
    """Return who met which planted item of these (tenant, project) pools; keys known to be wrong are left out."""
    rows = GoldExposure.objects.filter(
        gold__tenant__in={tenant for tenant, _ in pools}, gold__project__in={project for _, project in pools}
    ).exclude(gold__retired_reason=RetirementReason.WRONG_KEY)
    columns = rows.order_by("gold_id", "worker_id", "id").values_list(
        "gold__tenant", "gold__project", "gold_id", "worker_id", "found"
    )
    return [GoldMeeting(*row) for row in columns if row[:2] in pools]


def list_review_scores(tenant: str) -> list[ReviewScoreValue]:
    """Return every review by a person that counts in a tenant, with the mean of its criteria.

    What one reviewer said of one worker at one moment is one review, however many criteria it had.
    """
    rows = Judgment.objects.effective().filter(
        tenant=tenant, kind=JudgmentKind.REVIEW, actor_kind=ActorKind.WORKER, actor__isnull=False
    )
    reviews = rows.values("worker_id", "scope_id", "actor_id", "at").annotate(score=Avg("value"))
    columns = ("worker_id", "scope_id", "actor_id", "score")
    ordered = reviews.order_by("worker_id", "scope_id", "actor_id", "at")
    return [ReviewScoreValue(*row) for row in ordered.values_list(*columns)]


def count_judgments_by_worker(worker_ids: Collection[UUID] | None = None) -> dict[UUID, int]:
    """Return how many rows, effective or not, each worker (of these) has; it only ever grows."""
    rows = Judgment.objects.all()
    if worker_ids is not None:
        rows = rows.filter(worker_id__in=list(worker_ids))
    return dict(rows.values_list("worker_id").annotate(count=Count("id")).order_by("worker_id"))


def has_open_gold(item_key: str) -> bool:
    """Say whether the item carries a plant that is still in use."""
    return GoldItem.objects.filter(item_key=item_key, retired_at__isnull=True).exists()


def check_gold(*, item_key: str, worker_id: UUID, marks: Mapping[str, int]) -> list[GoldCheck]:
    """Compare what a worker marked (``marks``: how often each category) with the item's plants in use.

    A plant's answer names the ``category`` to mark, and the ``worker`` it was shown to if it was not shown to all. Of several
    plants of one category as many are found as there are marks of it.
    """
    left = dict(marks)
    checks = []
    plants = GoldItem.objects.filter(item_key=item_key, retired_at__isnull=True).order_by("source_key")
    for source_key, answer in plants.values_list("source_key", "answer"):
        if answer.get("worker") not in (None, str(worker_id)):
            continue
        category = answer.get("category", "")
        checks.append(GoldCheck(source_key, left.get(category, 0) > 0))
        left[category] = left.get(category, 0) - 1
    return checks
