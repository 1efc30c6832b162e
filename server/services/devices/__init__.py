"""Kiosks, button boxes and survey points: registered, enrolled, configured, present, moved, retired."""

__all__ = [
    "claims",
    "complaint_terms",
    "config_payloads",
    "config_topics",
    "create",
    "device_settings",
    "devices",
    "enrol",
    "journals",
    "points",
    "presence",
    "registry",
    "slips",
]
