"""The shared kernel: money, clock, errors, states, news, idempotency and permissions. It knows no business words."""
