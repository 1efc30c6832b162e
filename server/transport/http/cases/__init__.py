"""The desk: the queue of complaints, a case's page, its actions, answers to begin with."""

__all__ = ["answer_templates", "views"]
