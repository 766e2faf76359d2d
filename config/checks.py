"""What `check --deploy` refuses."""
