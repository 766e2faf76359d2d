"""Domains, skills and credentials: one tree with codes."""
