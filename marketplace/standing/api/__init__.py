"""Standing over HTTP: appeals against one decision, and cases."""
