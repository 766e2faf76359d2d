"""The database's own refusals as problems, and how long a web request waits for it.

Codes: https://www.postgresql.org/docs/18/errcodes-appendix.html
"""

from __future__ import annotations

import logging
from typing import Any, Final

from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from common.errors import Conflict, DomainError, FieldProblem, InvalidInput, Unavailable

logger = logging.getLogger(__name__)

#: How long a page or API call waits for a lock, and for one statement: a person who waits longer has gone, and a queue of
#: them would keep everybody else out. Workers and commands wait as long as it takes.
WEB_LOCK_WAIT: Final = "1800ms"
WEB_STATEMENT: Final = "60s"

_UNIQUE, _EXCLUSION, _CHECK, _FOREIGN_KEY = "23505", "23P01", "23514", "23503"
_UNDONE: Final = "Nothing was saved. Send it again in a moment."
#: What a request that was undone is told, by the code or the first two characters of its class.
_WORDS: Final = {
    "55P03": f"Somebody else is changing this right now. {_UNDONE}",
    "57014": f"This took too long. {_UNDONE}",
    "40": f"It met another change of the same. {_UNDONE}",
    "53100": "The database has no room left on its disk. Nothing was saved; an operator must make room.",
    "53": f"The database has too much to do. {_UNDONE}",
}
_LOST: Final = (
    "The database does not answer. Whether this was saved is not known: look first, or send it again with the same "
    "Idempotency-Key."
)


def limit_waits() -> None:
    """Let every connection that this process opens from now on wait at most ``WEB_LOCK_WAIT`` and ``WEB_STATEMENT``."""
    connection_created.connect(_limit_waits, dispatch_uid="common.database.limit_waits")


def _limit_waits(connection: BaseDatabaseWrapper, **_: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{WEB_LOCK_WAIT}'; SET statement_timeout = '{WEB_STATEMENT}'")


def refusal_of(error: BaseException) -> DomainError | None:
    """Return what the database refused as a problem, or None where that is a defect of ours."""
    if isinstance(error, IntegrityError | DataError):
        return _of_constraint(error)
    if isinstance(error, OperationalError | InterfaceError):
        return _of_trouble(error)
    return None


def _of_constraint(error: Exception) -> DomainError | None:
    """Translate what a constraint refused; commands refuse first, so this is the last line, not the usual one."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None)
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", None) or ""
    logger.warning("database.constraint_refused", extra={"constraint": constraint, "sqlstate": state})
    if state == _UNIQUE:
        return Conflict("This exists already.", (FieldProblem("", "unique", constraint),))
    if state == _EXCLUSION:
        return Conflict("This overlaps with an existing one.", (FieldProblem("", "overlap", constraint),))
    if state in (_CHECK, _FOREIGN_KEY) or isinstance(error, DataError):
        return InvalidInput("A value is out of its range.", (FieldProblem("", "constraint", constraint),))
    return None


def _of_trouble(error: Exception) -> Unavailable:
    state = getattr(error.__cause__, "sqlstate", None) or ""
    logger.error("database.unavailable", extra={"sqlstate": state}, exc_info=error)
    return Unavailable(_WORDS.get(state) or _WORDS.get(state[:2]) or _LOST)
