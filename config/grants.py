"""What the application's database role may do: rows of every table, but only appending to the books."""

from collections.abc import Iterable

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

#: Schemas whose tables and views the application reads; `contract` holds the views for outside checks.
READ_ONLY_SCHEMAS = ("contract",)


def append_only_tables() -> list[str]:
    """Return the tables of all models that say `append_only = True`, sorted."""
    models = apps.get_models(include_auto_created=True)
    return sorted(model._meta.db_table for model in models if getattr(model, "append_only", False))


def erasable_columns() -> dict[str, tuple[str, ...]]:
    """Return the columns of append-only tables that an erasure of a person writes anew, by table; triggers allow no one else."""
    models = apps.get_models(include_auto_created=True)
    found = ((model._meta.db_table, getattr(model, "erasable", ())) for model in models)
    return {table: columns for table, columns in found if columns}


def grant_to_application(connection: BaseDatabaseWrapper, role: str) -> None:
    """Give `role` exactly its rights on everything that stands in the database now.

    Must run as the owner of the tables. Runs after each migration, since a new table comes without rights.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s)", [list(READ_ONLY_SCHEMAS)])
        schemas = [row[0] for row in cursor.fetchall()]
        for statement in _statements(role, append_only_tables(), schemas):
            cursor.execute(statement.as_string())
        for table, columns in erasable_columns().items():
            named = sql.SQL(", ").join(map(sql.Identifier, columns))
            allowed = sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(
                named, sql.Identifier(table), sql.Identifier(role)
            )
            cursor.execute(allowed.as_string())


def _statements(role: str, books: Iterable[str], read_only_schemas: Iterable[str]) -> Iterable[sql.Composed]:
    name = sql.Identifier(role)
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name)
    yield sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name)
    yield sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name)
    for table in books:
        yield sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(sql.Identifier(table), name)
    yield sql.SQL("REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {}").format(name)
    for schema in read_only_schemas:
        yield sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(schema), name)
        yield sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(sql.Identifier(schema), name)
