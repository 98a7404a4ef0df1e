"""What is said and seen in a room, recorded to files by a robot: one file of all, or one for each user."""
