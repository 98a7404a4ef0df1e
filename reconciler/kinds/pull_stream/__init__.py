"""A source address, or a list of files, that Live pulls and pushes on: a pull task."""
