"""A cloud-rendering (CAR) session's video pushed to a CDN; identified by its user instead of a TaskId."""
