"""Complaints as cases: opened, worked on, moved, answered; the queue and the desk."""

__all__ = [
    "access_log",
    "actions",
    "casefile",
    "opening",
    "queue",
    "redating",
    "reply_slips",
    "templates",
    "unreadable",
    "walk_ins",
]
