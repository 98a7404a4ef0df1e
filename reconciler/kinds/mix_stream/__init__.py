"""Users of one or more rooms mixed into one stream, pushed to addresses or back into rooms."""
