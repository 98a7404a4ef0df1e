"""Pushed live streams mixed into one by Live itself."""
