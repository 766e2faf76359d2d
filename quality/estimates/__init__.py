"""How good a worker is per scope, how sure we are, why, and how that came about."""
