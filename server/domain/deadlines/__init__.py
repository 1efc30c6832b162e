"""Limits in work days, and the calendar that they are counted by."""
