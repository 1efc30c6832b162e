"""What the sender of a complaint sees of the case."""
