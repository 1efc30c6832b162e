"""Rates and what is compared or published of them."""
