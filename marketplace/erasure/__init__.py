"""Being forgotten: somebody asks, another person looks at what stands in the way and carries it out; the journal of it."""
