"""Batches: import, progress, results."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from orjson import dumps
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, Request, page_of, read_body, read_filters
from common.errors import FieldProblem, InvalidInput
from common.spreadsheets import csv_lines, csv_text
from marketplace.projects.queries import get_managed_project
from marketplace.work import commands
from marketplace.work.commands import ImportOutcome
from marketplace.work.imports import MOST_BYTES
from marketplace.work.models import Batch
from marketplace.work.queries import (
    as_result,
    find_answers,
    get_batch,
    get_import_report,
    iterate_answers,
    iterate_results,
    list_batches,
    list_outcomes,
    list_results,
    measure_progress,
    rank_items,
)
from marketplace.work.serializers import (
    AnswerOut,
    BatchDetailOut,
    BatchIn,
    BatchOut,
    BatchStateIn,
    BatchUploadIn,
    ImportOut,
    OutcomeOut,
    OutcomesIn,
    RankedItemOut,
    ResultOut,
    show_result,
)

READ, IMPORT, OUTCOMES = "work.read", "work.import", "work.outcomes"


class BatchesView(APIView):
    """The batches of a project. The same tasks are the same batch, so a repeat needs no key; and a refused import keeps its report."""

    grants: ClassVar = {"get": READ, "post": IMPORT}
    idempotent: ClassVar = False

    @extend_schema(responses=page_of(BatchOut))
    def get(self, request: Request, project_id: UUID) -> Response:
        """List a project's batches, newest first."""
        read_filters(request)
        project = get_managed_project(request.user, project_id)
        pages = CursorPagination()
        page = pages.paginate_queryset(list_batches(request.user, project.id), request, view=self) or []
        return pages.get_paginated_response(BatchOut(page, many=True).data)

    @extend_schema(request=BatchIn, responses={201: ImportOut, 200: ImportOut})
    def post(self, request: Request, project_id: UUID) -> Response:
        """Import tasks as JSON: all or none. The same tasks again are the same batch (200)."""
        body = read_body(request, BatchIn)
        data = json.dumps(body["tasks"], sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
        outcome = commands.import_batch(
            project_id=project_id,
            name=body["name"],
            file_name="tasks.json",
            data=data,
            dry_run=body["dry_run"],
            by=request.user,
            now=clock.now(),
        )
        return _answer(outcome)


class BatchUploadView(APIView):
    """Batches as files."""

    grants: ClassVar = {"post": IMPORT}
    parser_classes = (MultiPartParser,)  # type: ignore[assignment]
    idempotent: ClassVar = False

    @extend_schema(request={"multipart/form-data": BatchUploadIn}, responses={201: ImportOut, 200: ImportOut})
    def post(self, request: Request, project_id: UUID) -> Response:
        """Import a CSV, JSON or JSON-lines file: all or none. The same file again is the same batch (200)."""
        body = read_body(request, BatchUploadIn)
        outcome = commands.import_batch(
            project_id=project_id,
            name=body["name"],
            file_name=body["file"].name,
            data=body["file"].read(MOST_BYTES + 1),
            dry_run=body["dry_run"],
            by=request.user,
            now=clock.now(),
        )
        return _answer(outcome)


class ImportErrorsView(APIView):
    """The bad rows of an import."""

    grants: ClassVar = {"get": IMPORT}

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, report_id: UUID) -> HttpResponse:
        """Return every bad row as CSV: line, field, what is wrong."""
        report = get_import_report(request.user, report_id)
        rows = [(bad["line"], bad["field"], bad["detail"]) for bad in report.bad_rows]
        return _file(csv_text(("line", "field", "detail"), rows), "text/csv", "errors.csv")


class BatchView(APIView):
    """One batch."""

    grants: ClassVar = {"get": READ}

    @extend_schema(responses=BatchDetailOut)
    def get(self, request: Request, batch_id: UUID) -> Response:
        """Return a batch with how far it is."""
        return Response(_detail(get_batch(request.user, batch_id)))


class BatchStateView(APIView):
    """A batch's state."""

    grants: ClassVar = {"post": IMPORT}

    @extend_schema(request=BatchStateIn, responses=BatchDetailOut)
    def post(self, request: Request, batch_id: UUID) -> Response:
        """Pause, resume or cancel a batch; claimed work can be finished and is paid."""
        to = read_body(request, BatchStateIn)["state"]
        return Response(_detail(commands.move_batch(batch_id=batch_id, to=to, by=request.user, now=clock.now())))


class ResultsView(APIView):
    """What came out of a batch."""

    grants: ClassVar = {"get": READ}

    @extend_schema(responses=page_of(ResultOut))
    def get(self, request: Request, batch_id: UUID) -> Response:
        """List accepted work, newest first, by pseudonym."""
        read_filters(request)
        batch = get_batch(request.user, batch_id)
        pages = CursorPagination()
        page = pages.paginate_queryset(list_results(batch), request, view=self) or []
        return pages.get_paginated_response(
            [show_result(as_result(row, batch.project.organization_id)) for row in page]
        )


class ResultsJsonLinesView(APIView):
    """All results as JSON lines."""

    grants: ClassVar = {"get": READ}

    @extend_schema(responses={(200, "application/jsonl"): OpenApiTypes.STR})
    def get(self, request: Request, batch_id: UUID) -> StreamingHttpResponse:
        """Stream every result of a batch, one JSON object a line."""
        batch = get_batch(request.user, batch_id)
        return _stream(_json_lines(batch), "application/jsonl", f"results-{batch.id}.jsonl")


class ResultsCsvView(APIView):
    """All results as CSV."""

    grants: ClassVar = {"get": READ}

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, batch_id: UUID) -> StreamingHttpResponse:
        """Stream every result of a batch as CSV that runs no formula; the content as JSON in one cell."""
        batch = get_batch(request.user, batch_id)
        header = ("external_id", "worker", "submitted_at", "decided_at", "content")
        rows = (
            (each.external_id, each.worker, each.submitted_at, each.decided_at, dumps(each.content).decode())
            for each in iterate_results(batch)
        )
        return _stream(csv_lines(header, rows), "text/csv; charset=utf-8", f"results-{batch.id}.csv")


class OutcomesView(APIView):
    """What became of a batch's accepted work at the client's. The same report again changes nothing, so it needs no key."""

    grants: ClassVar = {"get": READ, "post": OUTCOMES}
    idempotent: ClassVar = False

    @extend_schema(responses=page_of(OutcomeOut))
    def get(self, request: Request, batch_id: UUID) -> Response:
        """List the reports, newest first; the newest of a submission counts."""
        read_filters(request)
        pages = CursorPagination()
        page = pages.paginate_queryset(list_outcomes(get_batch(request.user, batch_id)), request, view=self) or []
        return pages.get_paginated_response(OutcomeOut(page, many=True).data)

    @extend_schema(request=OutcomesIn, responses=OutcomeOut(many=True))
    def post(self, request: Request, batch_id: UUID) -> Response:
        """Report what became of accepted work, all or nothing: evidence about quality, never about pay."""
        given = [commands.OutcomeInput(**row) for row in read_body(request, OutcomesIn)["outcomes"]]
        rows = commands.report_outcomes(batch_id=batch_id, outcomes=given, by=request.user, now=clock.now())
        return Response(OutcomeOut(rows, many=True).data)


class AnswersView(APIView):
    """What everybody's labels say of each task."""

    grants: ClassVar = {"get": READ}

    @extend_schema(responses=page_of(AnswerOut))
    def get(self, request: Request, batch_id: UUID) -> Response:
        """List the tasks with their likeliest answers, worked out within minutes from all labels."""
        read_filters(request)
        batch = get_batch(request.user, batch_id)
        pages = CursorPagination()
        page = pages.paginate_queryset(batch.tasks.all(), request, view=self) or []
        return pages.get_paginated_response(AnswerOut(find_answers(page), many=True).data)


class AnswersCsvView(APIView):
    """All answers as CSV."""

    grants: ClassVar = {"get": READ}

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, batch_id: UUID) -> StreamingHttpResponse:
        """Stream the likeliest answer to every task as CSV that runs no formula; all probabilities as JSON in one cell."""
        batch = get_batch(request.user, batch_id)
        header = ("external_id", "answer", "share", "labels", "shares")
        rows = (
            (each.external_id, each.answer or "", each.share, each.labels, dumps(dict(each.shares)).decode())
            for each in iterate_answers(batch)
        )
        return _stream(csv_lines(header, rows), "text/csv; charset=utf-8", f"answers-{batch.id}.csv")


class RankingView(APIView):
    """The things that a project's pairwise tasks compare."""

    grants: ClassVar = {"get": READ}

    @extend_schema(responses=RankedItemOut(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        """Return what was compared, the best first, worked out within minutes from everybody's first answers."""
        read_filters(request)
        project = get_managed_project(request.user, project_id)
        return Response(RankedItemOut(rank_items(project), many=True).data)


class RankingCsvView(APIView):
    """The same as CSV."""

    grants: ClassVar = {"get": READ}

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, project_id: UUID) -> HttpResponse:
        """Return the ranking as CSV that runs no formula."""
        project = get_managed_project(request.user, project_id)
        header = ("item", "score", "score_se", "low90", "high90", "comparisons")
        rows = [
            (each.item, each.score, each.score_se, *each.interval90, each.comparisons) for each in rank_items(project)
        ]
        return _file(csv_text(header, rows), "text/csv", f"ranking-{project.code}.csv")


def _json_lines(batch: Batch) -> Iterator[bytes]:
    for result in iterate_results(batch):
        yield dumps(show_result(result)) + b"\n"


def _stream(lines: Iterable[str | bytes], content_type: str, name: str) -> StreamingHttpResponse:
    """Answer line by line: a batch may hold more results than a process should keep at once."""
    answer = StreamingHttpResponse(lines, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _file(text: str, content_type: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type=f"{content_type}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _detail(batch: Batch) -> dict[str, Any]:
    progress = measure_progress(batch)
    for name in ("wanted", "taken", "accepted", "to_review"):
        setattr(batch, name, getattr(progress, name))
    return dict(BatchDetailOut(batch).data)


def _answer(outcome: ImportOutcome) -> Response:
    """Answer with the batch or the dry run's report; bad rows are a problem that names each."""
    report = outcome.report
    if report.bad_rows and not report.is_dry_run:
        problems = [
            FieldProblem(f"/rows/{bad['line']}/{bad['field']}".rstrip("/"), "bad_row", bad["detail"])
            for bad in report.bad_rows
        ]
        raise InvalidInput(f"{len(problems)} defects; nothing was imported. Report {report.id}.", problems)
    body = {
        "batch": BatchOut(outcome.batch).data if outcome.batch else None,
        "is_new": outcome.is_new,
        "report": str(report.id),
        "row_count": report.row_count,
        "bad_rows": report.bad_rows,
    }
    return Response(body, status=201 if outcome.is_new else 200)
