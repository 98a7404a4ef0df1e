"""Users of one or more rooms, mixed into one stream that is pushed to addresses or back into rooms."""
