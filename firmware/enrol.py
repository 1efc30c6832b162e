"""Enrolment: the exchange of a claim code for the box's credentials, over HTTPS.

What is said and why it is safe: `survey_defs.claim`. Where the box knows an authority already, that one
vouches for the server. Where it knows none, or the server is another one now, the box takes whatever
certificate it is shown and puts its SHA-256 into the request: only who made the code can answer to that.
"""

import asyncio
import binascii
import errno
import gc
import hashlib

from firmware.secure import any_certificate, is_certificate, tls_context
from survey_defs import claim
from survey_defs.claim import ClaimError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HTTPS_PORT = 443
LOCAL_PORT = 8443
"""Where a school's own server listens (the setting `tls_port`); taken where an address names no port."""
LOOPBACK = ("127.0.0.1", "localhost")
TIMEOUT_S = 30
"""For all of it: a small machine takes a few seconds over a handshake."""
MOST_HEAD = 2048
"""Bytes of an answer's head."""
_HOST = "abcdefghijklmnopqrstuvwxyz0123456789.-"


class Server:
    """Where the exchange is done."""

    def __init__(self, secure: bool, host: str, port: int) -> None:
        self.secure = secure
        self.host = host
        self.port = port

    def spell(self) -> str:
        """The whole address, as the dashboard shows it."""
        return "%s://%s:%d" % ("https" if self.secure else "http", self.host, self.port)  # noqa: UP031


def read_server(text: str) -> Server:
    """The server that somebody typed: `https://192.168.1.10:8443`, `192.168.1.10`, `hailong.truong.edu.vn`.

    Raises `ClaimError`: `bad-server`, or `enrol-insecure` for `http` to another machine than this one.
    """
    scheme, mark, rest = text.strip().lower().partition("://")
    if not mark:
        scheme, rest = "https", scheme
    host, mark, port = rest.split("/")[0].partition(":")
    if scheme not in ("http", "https") or not host or host.strip(_HOST) or len(host) > 253 or ".." in host:
        raise ClaimError("bad-server")
    if scheme == "http" and host not in LOOPBACK:
        raise ClaimError("enrol-insecure")
    if not mark:
        by_address = not host.replace(".", "").strip("0123456789")
        return Server(scheme == "https", host, LOCAL_PORT if by_address else HTTPS_PORT)
    if not port or port.strip("0123456789") or len(port) > 5 or not 0 < int(port) < 65536:
        raise ClaimError("bad-server")
    return Server(scheme == "https", host, int(port))


async def exchange(
    server: str, code: str, nonce: str, *, authority: str = "", timeout_s: int = TIMEOUT_S
) -> "tuple[dict[str, Any], str]":
    """What the server answers to the code, and the password that comes of it; the same to the same nonce.

    `nonce`: 32 hex digits, kept by the caller until this was answered. `authority`: PEM, of before.
    Raises `ClaimError` (`bad-server`, `bad-code`, `bad-answer`, the server's refusals) and OSError where
    nobody answers in time.
    """
    where = read_server(server)
    typed = claim.read_code(code)
    if typed is None:
        raise ClaimError("bad-code")
    key = await _key(typed)
    if where.secure and authority:
        try:
            return await _ask(where, tls_context(authority), key, nonce, timeout_s)
        except Exception as error:
            if not is_certificate(error):
                raise
    # Not known, or not the one that was known: then the code decides, see above.
    return await _ask(where, any_certificate() if where.secure else None, key, nonce, timeout_s)


async def _key(code: str) -> bytes:
    """The key of a code. It takes a board some seconds, in which watchdog and page have their turns."""
    if hasattr(hashlib, "pbkdf2_hmac"):
        return claim.claim_key(code)
    threshold = gc.threshold()
    gc.threshold(-1)  # thousands of small objects: to look for room after every few would double the time
    key = b""
    for found in claim.key_in_steps(code):
        key = found or b""
        await asyncio.sleep(0)
    gc.threshold(threshold)
    return key


async def _ask(
    where: Server, tls: "Any", key: bytes, nonce: str, timeout_s: int
) -> "tuple[dict[str, Any], str]":
    gc.collect()
    try:
        terms = await asyncio.wait_for(_exchange(where, tls, key, nonce), timeout_s)
    except asyncio.TimeoutError:
        raise OSError(errno.ETIMEDOUT) from None
    except EOFError:
        raise ClaimError("bad-answer") from None
    return terms, claim.password(key, nonce)


async def _exchange(where: Server, tls: "Any", key: bytes, nonce: str) -> "dict[str, Any]":
    if tls is None:
        reader, writer = await asyncio.open_connection(where.host, where.port)
    else:
        reader, writer = await asyncio.open_connection(
            where.host, where.port, ssl=tls, server_hostname=where.host
        )
    try:
        # MicroPython shakes hands with the first bytes; what the server is comes to be known only by it.
        writer.write(b"POST " + claim.PATH.encode() + b" HTTP/1.0\r\n")
        await writer.drain()
        certificate = "" if tls is None or _is_vouched(tls) else _fingerprint(writer)
        body = claim.make_request(key, nonce, certificate, "button")
        head = "Host: %s:%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        writer.write((head % (where.host, where.port, len(body))).encode() + body)
        await writer.drain()
        answer = await _answer(reader)
    finally:
        writer.close()
        try:
            await writer.wait_closed()
        except OSError:
            pass  # what was said has been said
    return claim.read_answer(answer, key, nonce, certificate)


async def _answer(reader: "Any") -> bytes:
    """The body of a whole answer, never more of it than an answer can have."""
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
        if len(data) > MOST_HEAD + claim.MOST_BYTES or (start < 0 and len(data) > MOST_HEAD):
            raise ClaimError("bad-answer")
    if start < 0 or not data.startswith(b"HTTP/1."):
        raise ClaimError("bad-answer")
    return bytes(data[start:])


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        digits = value.strip()
        if name.lower() == b"content-length" and digits.isdigit() and len(digits) < 8:
            return int(digits)
    return -1


def _is_vouched(tls: "Any") -> bool:
    return bool(tls.verify_mode)


def _fingerprint(writer: "Any") -> str:
    """The SHA-256 of the certificate that the server showed, in hex."""
    line = writer.s if hasattr(writer, "s") else writer.get_extra_info("ssl_object")
    return binascii.hexlify(hashlib.sha256(line.getpeercert(True)).digest()).decode()
