"""The sums of the registers."""
