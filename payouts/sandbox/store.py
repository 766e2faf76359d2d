"""The stand-in's memory: one SQLite file, so that it survives a restart and a kill in the middle of a request."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counters (prefix TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, account TEXT NOT NULL,
    ref TEXT, due INTEGER, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, account, seq);
CREATE INDEX IF NOT EXISTS objects_ref ON objects (kind, ref);
CREATE INDEX IF NOT EXISTS objects_due ON objects (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS balances (
    account TEXT NOT NULL, currency TEXT NOT NULL, available INTEGER NOT NULL DEFAULT 0,
    pending INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (account, currency));
CREATE TABLE IF NOT EXISTS answers (
    scope TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    request_id TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (scope, key));
CREATE INDEX IF NOT EXISTS answers_age ON answers (substr(scope, 1, 2), created);
CREATE TABLE IF NOT EXISTS deliveries (
    event TEXT PRIMARY KEY, attempts INTEGER NOT NULL DEFAULT 0, due INTEGER, last_status INTEGER);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due) WHERE due IS NOT NULL;
"""
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One stored object with the columns it is found by."""

    id: str
    kind: str
    account: str
    ref: str | None
    body: Document


class Store:
    """Objects, balances, idempotent answers and webhook deliveries; the caller holds the lock."""

    def __init__(self, path: Path | None, seed: int) -> None:
        """Open the file at `path`, or memory alone where it is None; a file keeps the seed it was made with."""
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(str(path or ":memory:"), check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        self._db.execute("INSERT OR IGNORE INTO meta VALUES ('seed', ?)", (str(seed),))
        self.seed = self.meta("seed")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all writes inside, or none."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # Names

    def meta(self, name: str) -> str:
        """Return a stored setting."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def new_id(self, prefix: str, length: int = 24) -> str:
        """Return the next identifier; the same seed gives the same ones in the same order."""
        row = self._db.execute(
            "INSERT INTO counters VALUES (?, 1) ON CONFLICT (prefix) DO UPDATE SET value = value + 1 RETURNING value",
            (prefix,),
        ).fetchone()
        number = int.from_bytes(hashlib.sha256(f"{self.seed}:{prefix}:{row[0]}".encode()).digest())
        letters = []
        for _ in range(length):
            number, digit = divmod(number, 62)
            letters.append(_ALPHABET[digit])
        return f"{prefix}_{''.join(letters)}"

    # Objects

    def put(
        self, kind: str, body: Document, *, account: str = "", ref: str | None = None, due: int | None = None
    ) -> None:
        """Keep a new object; `account` is empty for the platform's own."""
        self._db.execute(
            "INSERT INTO objects (id, kind, account, ref, due, body) VALUES (?, ?, ?, ?, ?, ?)",
            (body["id"], kind, account, ref, due, json.dumps(body)),
        )

    def update(self, body: Document, *, due: int | None = None) -> None:
        """Replace an object's content and the moment it next changes by itself."""
        self._db.execute("UPDATE objects SET body = ?, due = ? WHERE id = ?", (json.dumps(body), due, body["id"]))

    def set_ref(self, identifiers: Iterable[str], ref: str) -> None:
        """Tie objects to another one."""
        self._db.executemany("UPDATE objects SET ref = ? WHERE id = ?", [(ref, item) for item in identifiers])

    def find(self, identifier: str, kind: str | None = None) -> Row | None:
        """Return the object with this identifier, of this kind where one is named."""
        row = self._db.execute(
            "SELECT id, kind, account, ref, body FROM objects WHERE id = ? AND (? IS NULL OR kind = ?)",
            (identifier, kind, kind),
        ).fetchone()
        return _row(row) if row else None

    def due_objects(self, now: int) -> list[Row]:
        """Return what should change by itself by now, earliest first."""
        rows = self._db.execute(
            "SELECT id, kind, account, ref, body FROM objects WHERE due <= ? ORDER BY due, seq LIMIT 200", (now,)
        )
        return [_row(row) for row in rows]

    def next_due(self) -> int | None:
        """Return when something next changes by itself or a delivery is owed; None if nothing will."""
        row = self._db.execute(
            "SELECT min(due) FROM (SELECT min(due) AS due FROM objects UNION ALL SELECT min(due) FROM deliveries)"
        ).fetchone()
        return None if row[0] is None else int(row[0])

    def listed(self, kind: str, account: str, ref: str | None = None) -> Iterator[Row]:
        """Yield objects of an account, newest first."""
        query = "SELECT id, kind, account, ref, body FROM objects WHERE kind = ? AND account = ?"
        values: list[str] = [kind, account]
        if ref is not None:
            query += " AND ref = ?"
            values.append(ref)
        for row in self._db.execute(query + " ORDER BY seq DESC", values).fetchall():
            yield _row(row)

    def count(self, kind: str) -> int:
        """Return how many objects of a kind exist."""
        return int(self._db.execute("SELECT count(*) FROM objects WHERE kind = ?", (kind,)).fetchone()[0])

    # Balances

    def move(self, account: str, currency: str, *, available: int = 0, pending: int = 0) -> None:
        """Add signed minor units to a balance."""
        self._db.execute(
            "INSERT INTO balances VALUES (?, ?, ?, ?) ON CONFLICT (account, currency) DO UPDATE SET"
            " available = available + excluded.available, pending = pending + excluded.pending",
            (account, currency, available, pending),
        )

    def balance(self, account: str, currency: str) -> tuple[int, int]:
        """Return (available, pending) in minor units."""
        row = self._db.execute(
            "SELECT available, pending FROM balances WHERE account = ? AND currency = ?", (account, currency)
        ).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def balances(self, account: str) -> list[tuple[str, int, int]]:
        """Return (currency, available, pending) of every currency the account has held."""
        return self._db.execute(
            "SELECT currency, available, pending FROM balances WHERE account = ? ORDER BY currency", (account,)
        ).fetchall()

    # Idempotent answers

    def answer(self, scope: str, key: str) -> tuple[str, int, str, str] | None:
        """Return (fingerprint, status, body, request id) stored under a key."""
        row = self._db.execute(
            "SELECT fingerprint, status, body, request_id FROM answers WHERE scope = ? AND key = ?", (scope, key)
        ).fetchone()
        return tuple(row) if row else None

    def keep_answer(
        self, scope: str, key: str, fingerprint: str, status: int, body: str, request_id: str, created: int
    ) -> None:
        """Keep the answer given under a key; one for the same request is replaced."""
        self._db.execute(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)",
            (scope, key, fingerprint, status, body, request_id, created),
        )

    def prune_answers(self, before: int, version: str) -> None:
        """Forget answers of an API's version ("v1", "v2") older than a moment."""
        self._db.execute("DELETE FROM answers WHERE substr(scope, 1, 2) = ? AND created < ?", (version, before))

    # Webhook deliveries

    def queue_delivery(self, event: str, due: int) -> None:
        """Owe an event to the webhook endpoint."""
        self._db.execute("INSERT INTO deliveries (event, due) VALUES (?, ?)", (event, due))

    def due_deliveries(self, now: int, limit: int = 50) -> list[tuple[str, int]]:
        """Return (event, attempts so far) of what is owed by now."""
        return self._db.execute(
            "SELECT event, attempts FROM deliveries WHERE due <= ? ORDER BY due, rowid LIMIT ?", (now, limit)
        ).fetchall()

    def record_delivery(self, event: str, status: int | None, due: int | None) -> None:
        """Note an attempt; `due` None ends the delivery."""
        self._db.execute(
            "UPDATE deliveries SET attempts = attempts + 1, last_status = ?, due = ? WHERE event = ?",
            (status, due, event),
        )

    def count_undelivered(self) -> int:
        """Return how many events are still owed."""
        return int(self._db.execute("SELECT count(*) FROM deliveries WHERE due IS NOT NULL").fetchone()[0])


def _row(row: tuple[str, str, str, str | None, str]) -> Row:
    return Row(row[0], row[1], row[2], row[3], json.loads(row[4]))
