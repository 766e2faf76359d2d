"""Holds on an expert's money: what for, how much, until when, who placed and who released it, and the expert's appeal."""
