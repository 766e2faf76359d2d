"""What the platform has to exchange after converting pay, what that is worth today, and exchanges that treasury made."""
