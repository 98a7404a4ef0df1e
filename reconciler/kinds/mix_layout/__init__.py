"""A picture layout that many streams can share, and the part of a request that it becomes."""
