"""Pure methods: numbers in, numbers out. No Django, no database, no clock."""
