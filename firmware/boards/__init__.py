"""One module for each board: its pins and how it sleeps."""
