"""Adjustments: bonuses, corrections and clawbacks, each proposed by one person and approved by another."""
