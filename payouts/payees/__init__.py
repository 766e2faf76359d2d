"""Who is paid and where to: onboarding at the provider, readiness, changes of the destination."""
