"""The double-entry books: append-only, balanced by construction, guarded by the database itself."""
