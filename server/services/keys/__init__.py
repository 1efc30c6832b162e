"""Keys that complaints are sealed to: made, opened, handed over, kept and vouched for."""

__all__ = ["custody", "desk", "keys", "open_keys", "paper_backup", "pins", "proofs", "vault"]
