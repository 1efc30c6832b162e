"""What all sides agree on: surveys, their model and loader, the wire format, golden vectors."""
