"""Taking answers in: judged, timed, counted and stored once; what was refused, and what is missing."""

__all__ = [
    "clock_anchors",
    "dead_letters",
    "ingest",
    "oversized",
    "receipt_marks",
    "rollups",
    "sequence_gaps",
    "store",
    "surveys",
]
