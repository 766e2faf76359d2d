"""The public, read-only view of time that outside checks rely on."""

from typing import Final

FORWARD: Final = """
CREATE SCHEMA IF NOT EXISTS contract;
CREATE VIEW contract.time_entries AS
    SELECT id, expert_user_id AS expert_id, starts_at, ends_at, state FROM marketplace_timeentry;
"""
BACKWARD: Final = "DROP VIEW contract.time_entries;"
