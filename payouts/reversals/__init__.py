"""Taking an entry of the books back by another entry: proposed by one person, approved by another."""
