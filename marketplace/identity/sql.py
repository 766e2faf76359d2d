"""The public, read-only view of who did what that outside checks rely on."""

from typing import Final

FORWARD: Final = """
CREATE SCHEMA IF NOT EXISTS contract;
CREATE VIEW contract.audit AS
    SELECT at, actor_id AS actor, action, object_type || ':' || object_id AS object, ok FROM common_auditevent;
"""
BACKWARD: Final = "DROP VIEW contract.audit;"
