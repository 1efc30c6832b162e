"""Ports: taken, limited, spoken to over TLS."""

__all__ = ["connection_limits", "listening", "tls"]
