"""Whether the process lives, and whether it can work: for load balancers and for operators."""

from collections.abc import Callable

from celery import current_app
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from common.permissions import has_grant

BROKER_TIMEOUT_S = 2.0


@never_cache
@require_safe
def show_liveness(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process answers at all; asks nothing of the database."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def show_readiness(request: HttpRequest) -> JsonResponse:
    """Answer 200 if database, broker and migrations are as they must be, else 503; details only to operators."""
    problems = {name: problem for name, find in _PARTS.items() if (problem := find())}
    body: dict[str, object] = {"status": "unavailable" if problems else "ready"}
    if _may_see_details(request, database_works="database" not in problems):
        body["parts"] = {name: problems.get(name, "ok") for name in _PARTS}
    return JsonResponse(body, status=503 if problems else 200)


def _may_see_details(request: HttpRequest, *, database_works: bool) -> bool:
    return database_works and request.user.is_authenticated and has_grant(request.user, "operate")


def _find_database_problem() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return type(error).__name__
    return ""


def _find_migration_problem() -> str:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return type(error).__name__
    return f"{len(waiting)} not applied" if waiting else ""


def _find_broker_problem() -> str:
    try:
        with current_app.connection_for_write(connect_timeout=BROKER_TIMEOUT_S) as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_S)
    except (OSError, OperationalError) as error:
        return type(error).__name__
    return ""


_PARTS: dict[str, Callable[[], str]] = {
    "database": _find_database_problem,
    "migrations": _find_migration_problem,
    "broker": _find_broker_problem,
}
