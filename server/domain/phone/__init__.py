"""Forms on a telephone."""
