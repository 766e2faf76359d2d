"""Clients' money: what they paid in advance, what their work costs them, and what they were invoiced."""
