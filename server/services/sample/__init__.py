"""A school with made-up data, for trying things out."""

__all__ = ["sample_cases", "sample_devices", "sample_school"]
