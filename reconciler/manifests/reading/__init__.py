"""Bytes -> documents: a guarded reader over libyaml's events."""
