"""Claim codes: how a new device proves that it may come in, and the server that it is the right one.

A code has 8 signs, is typed by a person and is valid once and for a day. It never travels, and neither does
the password that comes of it: both sides stretch the code into a key and work the password out of the key and
a number that the device has drawn (RFC 2104, RFC 8018). The device's proof covers the certificate that it was
shown where it had no authority to check it by, so that nobody in between can pass the exchange on, and the
server's proof covers what it answers, the authority to trust from then on above all.

    POST /api/1/enrol  {"v":1,"nonce":"<32 hex>","certificate":"<64 hex>"|"","kind":"kiosk"|"button",
                        "proof":"<64 hex>"}
    200                {"v":1,"terms":"<JSON as text>","proof":"<64 hex>"}
    else               {"code":"<one of ERRORS>","message":"<a sentence>"}

`terms`: {"v":1,"device","school","kind","broker":"mqtts://host:port","ca":"<PEM or ''>","time":"<RFC 3339>"}.
The same request again is answered alike: an answer that was lost costs nothing. Written in the subset of
Python that MicroPython runs.
"""

import binascii
import hashlib

from survey_defs import strict_json
from survey_defs.wire import is_slug, parse_wall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TypeGuard

PATH = "/api/1/enrol"
SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
"""32 signs that nobody mistakes for one another."""
LENGTH = 8
ROUNDS = 4096
"""About a second on an ESP32; 2^40 codes times that are out of reach for the day that a code is valid."""
PASSWORD_LENGTH = 25
NONCE_BYTES = 16
MOST_BYTES = 16384
"""Of an answer: the authority's certificate is most of it."""
ERRORS = (
    "claim-unknown",
    "claim-expired",
    "claim-used",
    "claim-withdrawn",
    "claim-wrong-kind",
    "certificate-mismatch",
    "certificate-unknown",
    "enrol-insecure",
    "too-many-tries",
    "bad-enrolment",
)
_SALT = b"hailong claim 1"
_HEX = "0123456789abcdef"
_BLOCK = 64
_STEP = 64


class ClaimError(Exception):
    """The server's answer cannot be believed or read; `code` is one of `ERRORS`, or `bad-answer`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_code(text: str) -> "str | None":
    """The code that somebody typed, small or large, with or without its hyphen; None if it can be none.

    A large I looks like 1 and l, which are no signs of ours: whoever types these means it. What stands
    before a colon ("Mã ghép máy: K7PM-9XQ2") is no part of it; a hyphen may have become a dash on its way.
    """
    code = text.lower().split(":")[-1].replace("1", "i").replace("l", "i")
    for between in "-\u2010\u2011\u2012\u2013\u2014\u2212\u00a0":
        code = code.replace(between, " ")
    code = "".join(code.split())
    return code if len(code) == LENGTH and not code.strip(SIGNS) else None


def spell_code(code: str) -> str:
    """The code as people read it: `K7PM-9XQ2`."""
    return code[:4].upper() + "-" + code[4:].upper()


def claim_key(code: str) -> bytes:
    """The key that a code stands for, 32 bytes. Takes its time on a small machine; see `ROUNDS`."""
    stretch = getattr(hashlib, "pbkdf2_hmac", None)
    if stretch is not None:
        return bytes(stretch("sha256", code.encode(), _SALT, ROUNDS, 32))
    return stretch_slowly(code.encode(), _SALT, ROUNDS)


def key_in_steps(code: str) -> "Iterator[bytes | None]":
    """The same for a machine that has other things to do meanwhile: None while at work, then the key."""
    return stretch_in_steps(code.encode(), _SALT, ROUNDS)


def stretch_slowly(password: bytes, salt: bytes, rounds: int) -> bytes:
    """PBKDF2 with HMAC-SHA256, one block of 32 bytes, for machines whose library lacks it."""
    key = b""
    for found in stretch_in_steps(password, salt, rounds):
        key = found or b""
    return key


def stretch_in_steps(password: bytes, salt: bytes, rounds: int) -> "Iterator[bytes | None]":
    """`stretch_slowly` as a generator: None after every `_STEP` rounds, the key last."""
    inner, outer = _pads(password)
    part = _hmac(inner, outer, salt + b"\x00\x00\x00\x01")
    mixed = int.from_bytes(part, "big")
    for number in range(1, rounds):
        if number % _STEP == 0:
            yield None
        part = _hmac(inner, outer, part)
        mixed ^= int.from_bytes(part, "big")
    yield mixed.to_bytes(32, "big")


def make_request(key: bytes, nonce: str, certificate: str, kind: str = "") -> bytes:
    """What the device sends. `nonce`: 32 hex digits drawn by chance, the same until it was answered.

    `certificate`: the SHA-256 of the certificate (DER) that the server showed, in hex; '' where an authority
    that the device knew before has vouched for it. `kind`: what the device is, so that a code that was made
    for another kind is not used up; '' leaves it open.
    """
    proof = request_proof(key, nonce, certificate)
    return strict_json.dumps(
        {"v": 1, "nonce": nonce, "certificate": certificate, "kind": kind, "proof": proof}
    )


def read_request(payload: bytes) -> "tuple[str, str, str]":
    """(nonce, certificate, proof) of a request. Raises `ClaimError("bad-enrolment")`."""
    value = _object(payload, "bad-enrolment")
    nonce, certificate, proof = value.get("nonce"), value.get("certificate"), value.get("proof")
    if not _is_hex(nonce, 2 * NONCE_BYTES) or not _is_hex(proof, 64):
        raise ClaimError("bad-enrolment")
    if certificate != "" and not _is_hex(certificate, 64):
        raise ClaimError("bad-enrolment")
    return nonce, str(certificate), proof


def kind_of(payload: bytes) -> str:
    """The kind of device that a request, which can be read, speaks of; '' where it does not say."""
    kind = _object(payload, "bad-enrolment").get("kind")
    return kind if is_slug(kind) else ""


def request_proof(key: bytes, nonce: str, certificate: str) -> str:
    """What shows that the device knows the code."""
    return _proof(key, "request", nonce + certificate)


def make_answer(key: bytes, nonce: str, certificate: str, terms: "dict[str, Any]") -> bytes:
    """What the server answers to the device that sent `nonce` and `certificate`."""
    text = strict_json.dumps(terms).decode()
    return strict_json.dumps(
        {"v": 1, "terms": text, "proof": _proof(key, "answer", nonce + certificate + text)}
    )


def read_answer(payload: bytes, key: bytes, nonce: str, certificate: str) -> "dict[str, Any]":
    """The terms that the server answered. Raises `ClaimError`: its refusal, or `bad-answer`."""
    if len(payload) > MOST_BYTES:
        raise ClaimError("bad-answer")
    value = _object(payload, "bad-answer")
    if value.get("code") in ERRORS:
        raise ClaimError(value["code"])
    text = value.get("terms")
    if type(text) is not str or value.get("proof") != _proof(key, "answer", nonce + certificate + text):
        raise ClaimError("bad-answer")
    terms = _object(text.encode(), "bad-answer")
    if not is_slug(terms.get("device")) or not is_slug(terms.get("school")):
        raise ClaimError("bad-answer")
    broker, authority = terms.get("broker"), terms.get("ca")
    if type(broker) is not str or type(authority) is not str or parse_wall(terms.get("time")) is None:
        raise ClaimError("bad-answer")
    return terms


def password(key: bytes, nonce: str) -> str:
    """The device's password, which never travels."""
    return spell_password(_digest(key, "password", nonce))


def spell_password(drawn: bytes) -> str:
    """A password as every device has one: 25 signs in groups of five, from at least 25 bytes."""
    signs = [SIGNS[byte % 32] for byte in drawn[:PASSWORD_LENGTH]]
    return "-".join(["".join(signs[start : start + 5]) for start in range(0, PASSWORD_LENGTH, 5)])


def _object(payload: bytes, code: str) -> "dict[str, Any]":
    try:
        value = strict_json.loads(payload)
    except ValueError:
        raise ClaimError(code) from None
    if type(value) is not dict or (value.get("v") != 1 and "code" not in value):
        raise ClaimError(code)
    return value


def _is_hex(text: object, length: int) -> "TypeGuard[str]":
    return type(text) is str and len(text) == length and not text.strip(_HEX)


def _proof(key: bytes, purpose: str, text: str) -> str:
    return binascii.hexlify(_digest(key, purpose, text)).decode()


def _digest(key: bytes, purpose: str, text: str) -> bytes:
    inner, outer = _pads(key)
    return _hmac(inner, outer, (purpose + " " + text).encode())


def _pads(key: bytes) -> "tuple[bytes, bytes]":
    filled = key + bytes(_BLOCK - len(key))
    return bytes([byte ^ 0x36 for byte in filled]), bytes([byte ^ 0x5C for byte in filled])


def _hmac(inner: bytes, outer: bytes, text: bytes) -> bytes:
    return hashlib.sha256(outer + hashlib.sha256(inner + text).digest()).digest()
