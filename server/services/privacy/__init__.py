"""What people ask about their own data, erasing it for good, and what is kept for how long."""

__all__ = ["erasure", "erasure_list", "erasure_proof", "requests", "retention_sweep", "sweep_preview"]
