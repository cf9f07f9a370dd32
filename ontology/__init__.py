"""Which words exist: DPV terms, our own terms, countries (Turtle)."""
