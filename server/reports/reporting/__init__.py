"""The half-year report: its sections, sentences and tables."""
