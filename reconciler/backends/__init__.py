"""Where state and journal live, and their lock."""
