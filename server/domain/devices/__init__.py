"""Devices: what they say of themselves, their passwords, feedback points and slips."""
