"""Whether this database is the one that has paid so far. A restored one is not, though every row of it says so."""

from __future__ import annotations

from django.db import connection

from common import clock
from payouts.transfers.errors import ReconcileFirst
from payouts.transfers.models import Payout, TrustedDatabase

#: What PostgreSQL calls the cluster, its history, the database and our table; no dump brings these names along, and a
#: recovery to an earlier time, or a standby that takes over, begins another timeline.
_IDENTITY = """
SELECT (SELECT system_identifier FROM pg_control_system()), (SELECT timeline_id FROM pg_control_checkpoint()),
       (SELECT oid::bigint FROM pg_database WHERE datname = current_database()),
       'payouts_trusteddatabase'::regclass::oid::bigint
"""
_IS_TRUSTED = f"""
SELECT EXISTS (SELECT 1 FROM payouts_trusteddatabase
                WHERE (system_identifier, timeline, database_oid, table_oid) = ({_IDENTITY}))
"""  # noqa: S608 - two texts of our own


def is_trusted() -> bool:
    """Say whether this database has paid all that the provider was asked to; an empty one is trusted from now on."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_TRUSTED)
        if cursor.fetchone()[0]:
            return True
    if Payout.objects.exists() or TrustedDatabase.objects.exists():
        return False
    trust(found=0)
    return True


def require_trusted() -> None:
    """Return only if nothing can be paid twice for want of knowledge.

    Raises:
        ReconcileFirst: this database was restored since it last paid.
    """
    if not is_trusted():
        raise ReconcileFirst("This database was restored and does not know what was paid since.")


def trust(*, found: int) -> None:
    """Note that this database has all that was paid; once for each database."""
    with connection.cursor() as cursor:
        cursor.execute(_IDENTITY)
        system_identifier, timeline, database_oid, table_oid = cursor.fetchone()
    row = TrustedDatabase(
        system_identifier=system_identifier,
        timeline=timeline,
        database_oid=database_oid,
        table_oid=table_oid,
        found=found,
        trusted_at=clock.now(),
    )
    TrustedDatabase.objects.bulk_create([row], ignore_conflicts=True)
