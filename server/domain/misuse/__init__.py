"""Which answers are left out of the rates."""
