"""What is printed for a feedback point: posters and slips."""
