"""Asks the cloud how recorded resources stand; read-only."""
