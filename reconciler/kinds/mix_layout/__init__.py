"""A video layout that many streams can share."""
