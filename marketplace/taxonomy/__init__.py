"""Domains, skills and credential kinds: trees with codes and aliases."""
