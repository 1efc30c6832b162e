"""What is true whatever stores or shows it: rates, periods, clocks, sequences. No input or output."""
