"""The API of earnings, cycles and the books."""
