"""A cloud-rendering (CAR) session's picture pushed to a CDN; known by its user, not by a TaskId."""
