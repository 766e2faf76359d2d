"""Pages that cross features: the way in, and one's own settings."""
