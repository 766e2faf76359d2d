"""Exchange rates: read from files or entered by two people, and used for nothing once they are old."""
