"""The way of any cent: from the work to the bank and the statement, and from there back to the work."""
