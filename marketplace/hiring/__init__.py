"""Applications and what was decided on them."""
