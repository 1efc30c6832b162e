"""A complaint: how it is written, sealed and answered, and the school's keys that it is sealed to."""
