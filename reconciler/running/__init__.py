"""One run as a service: read, plan, apply, record; it prints nothing."""
