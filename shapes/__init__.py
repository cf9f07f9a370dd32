"""Which statements are acceptable: SHACL shapes (Turtle)."""
