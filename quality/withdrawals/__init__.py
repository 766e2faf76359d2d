"""Taking evidence back: who decided it, why, and whose scores it changed."""
