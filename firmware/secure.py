"""TLS as the box wants it. Apart from the rest, because the set-up has no room for what it does not use."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def tls_context(authority: str) -> "Any":
    """What demands a certificate that `authority` (PEM) vouches for and that names the host.

    MicroPython's Mbed TLS looks at both, at the addresses (iPAddress) of a certificate too.
    """
    try:
        import tls  # noqa: PLC0415 - MicroPython; it is only wanted where there is TLS
    except ImportError:
        import ssl  # noqa: PLC0415

        make: Any = getattr(ssl, "create_default_context")  # noqa: B009 - the boards' stubs do not know it
        return make(cadata=authority)
    context: Any = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)  # the stubs lack what it can be told
    context.verify_mode = tls.CERT_REQUIRED
    context.load_verify_locations(authority.encode())
    return context


def is_certificate(error: BaseException) -> bool:
    """Whether a connection failed because the server's certificate does not hold."""
    name = type(error).__name__
    # MicroPython raises ValueError with Mbed TLS's own words; CPython has a class of its own.
    return name == "SSLCertVerificationError" or (name == "ValueError" and "certificate" in str(error))


def any_certificate() -> "Any":
    """What takes every certificate: for the exchange of a claim code, which proves by itself who is there."""
    try:
        import tls  # noqa: PLC0415 - MicroPython's own

        context: Any = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)  # the stubs lack what it can be told
        context.verify_mode = tls.CERT_NONE
    except ImportError:
        import ssl  # noqa: PLC0415

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
