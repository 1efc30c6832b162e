"""Keys that open sealed texts, on paper and in backups."""
