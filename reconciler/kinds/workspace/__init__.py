"""The settings of one set of manifests that is planned together."""
