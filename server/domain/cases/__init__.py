"""Complaints and petitions: the steps of a case, their fields, the limits that run."""
