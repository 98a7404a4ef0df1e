"""A plan -> calls -> records: what is sent when, and what is recorded after each answer."""
