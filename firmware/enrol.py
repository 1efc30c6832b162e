"""Enrolment: the exchange of a claim code for the box's credentials, over HTTPS.

What is said and why it is safe: `survey_defs.claim`. Where the box knows an authority already, that one
vouches for the server. Where it knows none, or the server is another one now, the box takes whatever
certificate it is shown and puts its SHA-256 into its proof: only who made the code can answer to that. Both
requests go over one connection where the server keeps it: a handshake takes a board seconds.
"""

import asyncio
import binascii
import errno
import gc
import hashlib

from firmware.secure import any_certificate, is_certificate, tls_context
from survey_defs import claim
from survey_defs.claim import ClaimError
from survey_defs.server_address import ServerAddress, read_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TIMEOUT_S = 45
"""For all of it: a small machine takes a few seconds over a handshake and as many over each of two sums."""
MAX_HEAD = 2048
"""Bytes of an answer's head."""


def read_server(text: str) -> ServerAddress:
    """Returns the server that somebody typed: `https://192.168.1.10:8443`, `192.168.1.10`, `truong.edu.vn`.

    Raises `ClaimError`: `bad-server`, or `enrol-insecure` for `http` to another machine than this one.
    """
    try:
        address = read_address(text)
    except ValueError:
        raise ClaimError("bad-server")  # noqa: B904 - MicroPython knows no `from None`
    if ":" in address.host:  # no board's network speaks IPv6
        raise ClaimError("bad-server")
    if address.insecure:
        raise ClaimError("enrol-insecure")
    return address


async def exchange(
    server: str,
    code: str,
    run: "dict[str, Any]",
    keep: "Callable[[dict[str, Any]], None]",
    *,
    authority: str = "",
    timeout_s: int = TIMEOUT_S,
) -> "tuple[dict[str, Any], str]":
    """What the server answers to the code, and the password that comes of it; the same in the same run.

    `run`: of `claim.new_run`, kept by the caller until this was answered; `keep` is given it, changed, before
    the server is shown a proof, and may raise. `authority`: PEM, of before. Raises `ClaimError`
    (`bad-server`, `bad-code`, `bad-answer`, `no-proof`, the server's refusals) and OSError where nobody
    answers in time.
    """
    where = read_server(server)
    typed = claim.read_code(code)
    if typed is None:
        raise ClaimError("bad-code")
    asking = claim.Asking(typed, "button", run)
    if where.secure and authority:
        try:
            return await _ask(_Line(where, tls_context(authority)), asking, keep, timeout_s)
        except Exception as error:
            if not is_certificate(error):
                raise
    # Not known, or not the one that was known: then the code decides, see above.
    line = _Line(where, any_certificate() if where.secure else None)
    return await _ask(line, asking, keep, timeout_s)


async def _ask(
    line: "_Line", asking: claim.Asking, keep: "Callable[[dict[str, Any]], None]", timeout_s: int
) -> "tuple[dict[str, Any], str]":
    gc.collect()
    try:
        return await asyncio.wait_for(_exchange(line, asking, keep), timeout_s)
    except asyncio.TimeoutError:
        raise OSError(errno.ETIMEDOUT) from None
    except EOFError:
        raise ClaimError("bad-answer") from None
    finally:
        await line.close()


async def _exchange(
    line: "_Line", asking: claim.Asking, keep: "Callable[[dict[str, Any]], None]"
) -> "tuple[dict[str, Any], str]":
    while True:
        await _done(asking.begin())
        heard = await line.post(asking.hello())
        if not asking.hear(heard, line.certificate):
            continue
        await _done(asking.meet())
        keep(asking.kept)
        try:
            return asking.read_answer(await line.post(asking.proof()))
        except ClaimError as error:
            if error.code != "enrol-again":
                raise
            asking.again()


async def _done(steps: "Any") -> None:
    """Go through steps that take a board a second or two, in which watchdog and page have their turns."""
    bound: Any = getattr(gc, "threshold", None)  # CPython has none
    before = bound() if bound else 0
    try:
        for _ in steps:
            if bound:
                bound(before)
            await asyncio.sleep(0)
            if bound:
                bound(-1)  # many small objects: to look for room after every few would double the time
    finally:
        if bound:
            bound(before)


class _Line:
    """A connection to the server, opened when it is wanted."""

    def __init__(self, where: ServerAddress, tls: "Any") -> None:
        self._where = where
        self._tls = tls
        self._reader: Any = None
        self._writer: Any = None
        self.certificate = ""
        """The SHA-256 of the certificate that was shown, '' where an authority vouched for it."""

    async def post(self, body: bytes) -> bytes:
        """The answer to a request; sent twice where the server has closed the line meanwhile."""
        if self._writer is not None:
            answer = b""
            try:
                answer = await self._post(body)
            except OSError:
                pass
            if answer:
                return answer
            await self.close()
        return await self._post(body)

    async def _post(self, body: bytes) -> bytes:
        where, writer = self._where, self._writer or await self._open()
        head = "Host: %s:%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        text = b"POST " + claim.PATH.encode() + b" HTTP/1.1\r\n"
        # MicroPython shakes hands with the first bytes; what the server is comes to be known only by it.
        writer.write(text + (head % (where.host, where.port, len(body))).encode() + body)
        await writer.drain()
        if self._tls is not None and not self._tls.verify_mode:
            self.certificate = _fingerprint(writer)
        answer, is_last = await _answer(self._reader)
        if is_last:
            await self.close()
        return answer

    async def _open(self) -> "Any":
        where, tls = self._where, self._tls
        if tls is None:
            self._reader, self._writer = await asyncio.open_connection(where.host, where.port)
        else:
            self._reader, self._writer = await asyncio.open_connection(
                where.host, where.port, ssl=tls, server_hostname=where.host
            )
        return self._writer

    async def close(self) -> None:
        """End it; another `post` opens another."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        writer.close()
        try:
            await writer.wait_closed()
        except OSError:
            pass  # what was said has been said


async def _answer(reader: "Any") -> "tuple[bytes, bool]":
    """The body of a whole answer, never more of it than an answer can have; whether the line ends with it.

    b"" where the line ended before anything was said.
    """
    data = bytearray()
    start = length = -1
    while start < 0 or length < 0 or len(data) < start + length:
        piece = await reader.read(1024)
        if not piece:
            break
        data.extend(piece)
        if start < 0:
            start = data.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in data else -1
            length = _content_length(bytes(data[:start])) if start > 0 else -1
        if len(data) > MAX_HEAD + claim.MAX_BYTES or (start < 0 and len(data) > MAX_HEAD):
            raise ClaimError("bad-answer")
    if not data:
        return b"", True
    if start < 0 or not data.startswith(b"HTTP/1."):
        raise ClaimError("bad-answer")
    head = bytes(data[:start]).lower()
    return bytes(data[start:]), length < 0 or b"connection: close" in head or head.startswith(b"http/1.0")


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        digits = value.strip()
        if name.lower() == b"content-length" and digits.isdigit() and len(digits) < 8:
            return int(digits)
    return -1


def _fingerprint(writer: "Any") -> str:
    """The SHA-256 of the certificate that the server showed, in hex."""
    line = writer.s if hasattr(writer, "s") else writer.get_extra_info("ssl_object")
    return binascii.hexlify(hashlib.sha256(line.getpeercert(True)).digest()).decode()
