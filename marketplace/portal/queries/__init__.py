"""Reads that bring features together for pages."""
