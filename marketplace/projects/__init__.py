"""Projects, their openings, requirements, rate lines and guidelines."""
