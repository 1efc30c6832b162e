"""The answer to a complaint on paper."""
