"""Where this installation stands in its network: addresses, certificates, the broker."""

__all__ = [
    "broker_address",
    "broker_conf",
    "certificate_terms",
    "certificates",
    "endpoints",
    "lan",
    "public_address",
]
