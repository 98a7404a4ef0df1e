"""Tasks that something else has started, as they are said to run -> what is recorded of them."""
