"""The JSON of earnings, cycles and the books: what comes in, what goes out."""
