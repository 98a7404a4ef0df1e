"""What every backend owes, in executable form, and the stores that it is tried on."""
