"""Changing the books behind their triggers."""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import connection
from psycopg import conninfo

TABLES = ("journalentry", "journalline", "entryseal", "ledgerbalance", "ledgeraccount", "earning")


def tamper(statement: str, *parameters: Any) -> None:
    """Change rows with all triggers off, as only a superuser can; here the owner takes them off one table at a time."""
    with connection.cursor() as cursor:
        # Before the triggers go: the deferred ones look at the rows now.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE payouts_{table} DISABLE TRIGGER USER")
        # It keeps an entry's last line from being removed, whoever asks.
        cursor.execute("ALTER TABLE payouts_journalentry DROP CONSTRAINT IF EXISTS journal_entry_complete")
        cursor.execute(statement, parameters)


def tamper_as_superuser(database: str, *statements: str, **parameters: Any) -> None:
    """Change rows of a fresh database as its superuser, whom neither triggers nor foreign keys stop in replica mode."""
    with psycopg.connect(conninfo.make_conninfo(database, user="postgres")) as superuser:
        superuser.execute("SET session_replication_role = replica")
        for statement in statements:
            superuser.execute(statement, parameters)
