"""What the kinds share in reading raw requests back."""
