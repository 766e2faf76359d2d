"""News to people and clients: in-app notices, mail, signed webhooks."""
