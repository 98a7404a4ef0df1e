"""Desired, recorded and observed resources -> a plan; pure."""
