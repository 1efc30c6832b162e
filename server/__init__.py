"""Ingest, store, dashboard and reports."""
