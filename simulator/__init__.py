"""A fleet made of chance: the real visit, outbox, journal and link code with virtual touch and clock."""
