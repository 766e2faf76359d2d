"""The pages of finance."""
