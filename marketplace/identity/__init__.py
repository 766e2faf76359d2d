"""Users, client organizations, roles and keys."""
