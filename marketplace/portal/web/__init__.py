"""Pages that bring features together: the way in, homes, earnings, quality, the board."""
