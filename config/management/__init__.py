"""Management commands that need to see the whole project."""
