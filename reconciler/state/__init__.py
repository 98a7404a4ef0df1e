"""What was applied, as data: model and codec, seal, journal records, unanswered calls."""
