"""Quality: how good a worker is at a kind of task, how sure we are, and why."""
