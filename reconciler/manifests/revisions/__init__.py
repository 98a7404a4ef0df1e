"""Manifests as a git revision has them."""
