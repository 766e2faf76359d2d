"""Numbered statements: what each paid payout was for, line by line."""
