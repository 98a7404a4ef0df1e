"""Manifests in their canonical form, comments kept."""
