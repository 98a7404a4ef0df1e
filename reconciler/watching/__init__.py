"""A loop that keeps streams as declared: rounds, leadership, what is told to whom, the live wall."""
