"""What every figure is about: a domain, a locale and a kind of task."""
