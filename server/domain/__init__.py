"""What is true whatever stores or shows it: rates, periods, clocks, sequences, presence. No input or output."""
