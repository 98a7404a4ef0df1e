"""A stream name on a push domain, allowed or forbidden to push: a switch, not a task."""
