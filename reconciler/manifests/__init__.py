"""Manifests to desired resources: the guarded reader and the loader."""
