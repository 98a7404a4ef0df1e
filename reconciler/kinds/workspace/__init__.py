"""The settings of manifests that are planned together."""
