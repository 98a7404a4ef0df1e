"""States as objects in a bucket: a numbered log that its taker seals, on stores that write on a condition."""
