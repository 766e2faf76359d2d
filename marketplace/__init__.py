"""The marketplace: people, projects, hiring, work and time."""
