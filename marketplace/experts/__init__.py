"""Expert profiles: countries, languages, skills, credentials, availability."""
