"""Single fields of a resource in one environment."""
