"""Tax that was withheld from pay: what is due to the authority, and what was paid to it."""
