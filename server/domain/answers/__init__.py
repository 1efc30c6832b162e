"""Answers as they come in: whether they are accepted, when they were given, what is missing."""
