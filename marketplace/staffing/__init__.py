"""Search, matches, invitations, offers and engagements."""
