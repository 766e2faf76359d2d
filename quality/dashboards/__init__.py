"""What people see of quality: read API now, pages from the same queries."""
