"""Pages of standing: appeals against one decision, and cases."""
