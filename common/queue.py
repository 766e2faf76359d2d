"""The doorbell: wake a worker once the transaction has committed. The database stays the queue of record."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue_on_commit(task_name: str, *ids: str) -> None:
    """Ask a worker to run the registered ``task_name`` with ``ids`` after this transaction commits.

    A lost or unreachable broker loses no work: each task looks for its own due rows, and beat sweeps them.
    """
    transaction.on_commit(partial(_send, task_name, ids))


def _send(task_name: str, ids: tuple[str, ...]) -> None:
    try:
        current_app.send_task(task_name, args=list(ids), retry=False, ignore_result=True)
    except (OSError, OperationalError) as error:
        logger.warning("queue.broker_unreachable", extra={"task": task_name, "error": str(error)})
