"""Appeals: a second person looks again."""
