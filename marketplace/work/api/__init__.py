"""Work over HTTP, split by noun."""
