"""How our own ports speak TLS."""

import ssl

from server.domain.problems import Problem
from server.services.doors import Credentials


def server_context(shown: Credentials) -> ssl.SSLContext:
    """How our own ports speak TLS: 1.2 at least, as the smallest terminals do.

    Raises `Problem("bad-certificate")` where certificate and key cannot be used together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(shown.certificate, shown.key)
    except (ssl.SSLError, OSError) as error:
        raise Problem("bad-certificate", path=shown.certificate) from error
    return context
