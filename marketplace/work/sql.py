"""The public, read-only view of claims that outside checks rely on."""

from typing import Final

FORWARD: Final = """
CREATE SCHEMA IF NOT EXISTS contract;
CREATE VIEW contract.claims AS
    SELECT task_id, expert_user_id AS expert_id, state FROM marketplace_claim;
"""
BACKWARD: Final = "DROP VIEW contract.claims;"
