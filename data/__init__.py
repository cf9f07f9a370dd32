"""What companies state, each with its source; law with its dates (Turtle)."""
