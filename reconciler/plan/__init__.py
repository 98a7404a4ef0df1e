"""A plan as data: changes and steps, their JSON and its schema, saved plans."""
