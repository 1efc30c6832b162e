"""The registers as a printed book."""
