"""The servers Muster brings along: PostgreSQL and Valkey out of their wheels, and the processes of `dev`."""
