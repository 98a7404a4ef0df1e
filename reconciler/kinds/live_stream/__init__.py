"""A stream name on a push domain that is allowed or forbidden to push; not a task."""
