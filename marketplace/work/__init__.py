"""Batches, tasks, claims, submissions, reviews and delivery."""
