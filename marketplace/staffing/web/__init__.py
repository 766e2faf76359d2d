"""Pages of staffing: the expert's search and answers, the manager's matches, offers and engagements."""
