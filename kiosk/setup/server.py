"""The server that gives a kiosk its credentials, as somebody types its address."""

from kiosk.setup.problem import EnrolProblem
from survey_defs.server_address import ServerAddress, read_address


def read_server(text: str) -> ServerAddress:
    """Returns the server of `https://host:8443`; neither scheme nor port has to be there.

    Raises `EnrolProblem`: `bad-address`, or `enrol-insecure` for `http` to another machine than this one.
    """
    try:
        address = read_address(text)
    except ValueError:
        raise EnrolProblem("bad-address") from None
    if address.path.strip("/"):
        raise EnrolProblem("bad-address")
    if address.insecure:
        raise EnrolProblem("enrol-insecure")
    return address
