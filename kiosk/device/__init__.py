"""What this device is: its settings, identity, clock, log, and what the server has it ask."""
