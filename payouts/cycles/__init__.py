"""Pay cycles: who is paid how much, prepared by one person, approved by another, carried out once."""
