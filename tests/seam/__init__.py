"""What the house owes any kind, shown with kinds of no vendor's: a valve, and a pump."""
