"""Why a kiosk could not be enrolled."""


class EnrolProblem(Exception):  # noqa: N818 - reads as what it is
    """This kiosk cannot be enrolled; `code` is the text's key behind `enrol.`, `facts` fill its places.

    One of `claim.ERRORS`, or `bad-answer`, `no-proof`, `bad-address`, `bad-code`, `unknown-host`,
    `unreachable`, `not-tls`, `bad-ca`, `bad-file`, `undelivered`, `disk`.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
