"""Claim codes: how a new device proves that it may come in, and the server that it is the right one.

A code has 10 signs, is typed by a person and is valid once and for a day. Its first three signs name the
claim, the next six are its secret, the last one tells a code that was mistyped. The secret never travels, and
neither does the password that comes of it: both sides use it for a run of SPAKE2 (`survey_defs.spake2`), so
that whoever listens or stands in between may try one secret in each run and learns nothing to try others by;
the server lets five be tried for a code. The password comes of the run's own key, not of the code: who finds
the code afterwards, or had listened, cannot work it out.

    POST /api/1/enrol  {"v":2,"claim":"k7p","share":"<130 hex>"}
    200                {"v":2,"share":"<130 hex>"}
    POST /api/1/enrol  {"v":2,"claim":"k7p","share":"<as before>","certificate":"<64 hex>"|"",
                        "kind":"kiosk"|"button","proof":"<64 hex>"}
    200                {"v":2,"terms":"<JSON as text>","proof":"<64 hex>"}
    else               {"code":"<one of ERRORS>","message":"<a sentence>"}

`terms`: {"v":1,"device","school","kind","broker":"mqtts://host:port","ca":"<PEM or ''>","time":"<RFC 3339>"}.
`certificate`: the SHA-256 of the certificate (DER) that the server showed; '' where an authority that the
device knew before has vouched for it. The device's proof covers both shares, its kind and that certificate,
so that nobody in between can pass the run on; the server's proof covers all that and the terms, the authority
to trust from then on above all. Until it was answered a device says the same again and is answered alike: an
answer that was lost costs nothing. Written in the subset of Python that MicroPython runs.
"""

import binascii

from survey_defs import spake2, strict_json
from survey_defs.wire_common import is_slug
from survey_defs.wire_time import parse_wall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeGuard

PATH = "/api/1/enrol"
SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
"""32 signs that nobody mistakes for one another."""
LENGTH = 10
NAME_SIGNS = 3
"""Of a code: these name the claim and are no secret."""
PASSWORD_LENGTH = 25
DRAWN_BYTES = 32
MAX_RUNS = 5
"""Shares of a server to which a device confirms one code: each lets whoever sent it try one secret."""
MAX_BYTES = 16384
"""Of an answer: the authority's certificate is most of it."""
ERRORS = (
    "claim-unknown",
    "claim-wrong",
    "claim-guessed",
    "claim-expired",
    "claim-used",
    "claim-withdrawn",
    "claim-wrong-kind",
    "certificate-mismatch",
    "certificate-unknown",
    "enrol-insecure",
    "enrol-again",
    "too-many-tries",
    "bad-enrolment",
)
_HEX = "0123456789abcdef"
_VERSION = 2
_SHARE_LETTERS = 2 * spake2.SHARE_BYTES


class ClaimError(Exception):
    """The exchange comes to nothing; `code` is one of `ERRORS`, `bad-answer`, or `no-proof`.

    `no-proof`: what answered could `MAX_RUNS` times not prove that it knows the code.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# Codes


def make_code(drawn: bytes) -> str:
    """A code of `LENGTH` - 1 random bytes."""
    code = "".join([SIGNS[byte % 32] for byte in drawn[: LENGTH - 1]])
    return code + SIGNS[_doubled(_checked(code))]


def read_code(text: str) -> "str | None":
    """The code that somebody typed, small or large, with or without its hyphen; None if it can be none.

    Any one wrong sign, and any two that changed places, are found by the last sign. A large I looks like 1
    and l, which are no signs of ours: whoever types these means it. What stands before a colon ("Mã ghép máy:
    K7PM9-XQ2RE") is no part of it; a hyphen may have become a dash on its way.
    """
    code = text.lower().split(":")[-1].replace("1", "i").replace("l", "i")
    for between in "-\u2010\u2011\u2012\u2013\u2014\u2212\u00a0":
        code = code.replace(between, " ")
    code = "".join(code.split())
    return code if len(code) == LENGTH and not code.strip(SIGNS) and not _checked(code) else None


def spell_code(code: str) -> str:
    """The code as people read it: `K7PM9-XQ2RE`."""
    half = LENGTH // 2
    return code[:half].upper() + "-" + code[half:].upper()


def name_of(code: str) -> str:
    """What names the claim of that code; may be said in the open."""
    return code[:NAME_SIGNS]


def secret_of(code: str) -> int:
    """The number that a code stands for in a run: whoever knows it can do all that who knows the code can."""
    return spake2.scalar(b"hailong claim 2 " + code.encode())


def mark_of(password: str, code: str) -> str:
    """By which a device that has its password knows the code again that it came in with."""
    return _hex(spake2.mac(password.encode(), code.encode()))


def spell_password(drawn: bytes) -> str:
    """A password as every device has one: 25 signs in groups of five, from at least 25 bytes."""
    signs = [SIGNS[byte % 32] for byte in drawn[:PASSWORD_LENGTH]]
    return "-".join(["".join(signs[start : start + 5]) for start in range(0, PASSWORD_LENGTH, 5)])


# What both sides have once each has heard the other


class Agreed:
    """A run whose shares both sides have. `password`: the device's, from now on."""

    def __init__(
        self, name: str, secret: int, shares: "tuple[bytes, bytes]", meet: bytes, told: "tuple[str, str]"
    ) -> None:
        """`shares`: the device's and the server's. `meet`: K. `told`: (kind, certificate) of the device."""
        names = (b"hailong device", b"hailong server " + name.encode())
        self._said = spake2.transcript(names, shares, meet, secret)
        more = "hailong enrol 2 " + told[0] + " " + told[1]
        shared, self._of_device, self._of_server = spake2.keys(self._said, more.encode())
        self.password = spell_password(spake2.expand(shared, b"hailong device password"))

    def proof(self) -> str:
        """What shows the server that the device knows the code."""
        return _hex(spake2.mac(self._of_device, self._said))

    def seal(self, terms: str) -> str:
        """What shows the device that the server knows it, and that these are its terms."""
        return _hex(spake2.mac(self._of_server, self._said + terms.encode()))


# The device's side


def new_run(code: str, drawn: str) -> "dict[str, Any]":
    """What a device keeps until a code was answered. `drawn`: 64 hex digits, by chance.

    "claim": the claim's name; "runs": how many shares of a server it has done with; "met": the share that it
    confirmed the code to in the present run, '' for none; "shown": the certificate that it had been shown.
    """
    return {"claim": name_of(code), "drawn": drawn, "runs": 0, "met": "", "shown": ""}


def is_run(value: object, code: str) -> "TypeGuard[dict[str, Any]]":
    """Whether that was kept for this code's claim and can be gone on with."""
    return (
        type(value) is dict
        and value.get("claim") == name_of(code)
        and _is_hex(value.get("drawn"), 2 * DRAWN_BYTES)
        and type(value.get("runs")) is int
        and type(value.get("met")) is str
        and type(value.get("shown")) is str
    )


class Asking:
    """The device's side: begin, hello, hear, meet, proof, read_answer. What is in steps takes a while."""

    def __init__(self, code: str, kind: str, kept: "dict[str, Any]") -> None:
        """`kept`: of `new_run`; changed here, and to be kept before `proof` is sent."""
        self.kept = kept
        self._code = code
        self._kind = kind
        self._secret = secret_of(code)
        self._share = self._theirs = self._meet = b""
        self._agreed: Agreed | None = None

    def begin(self) -> "spake2.Steps":
        """Work the share out, in steps. Raises `ClaimError("no-proof")` after `MAX_RUNS` of a kept run."""
        if self.kept["runs"] >= MAX_RUNS:
            raise ClaimError("no-proof")
        for found in spake2.share_of_a(self._number(), self._secret):
            self._share = found or b""
            yield found

    def hello(self) -> bytes:
        """What is said first; the same in each run until it is answered."""
        return strict_json.dumps({"v": _VERSION, "claim": name_of(self._code), "share": _hex(self._share)})

    def hear(self, payload: bytes, certificate: str) -> bool:
        """Read the server's share. False: the run of before is over, `begin` another. Raises `ClaimError`.

        `certificate`: see the module's description; in a run that is repeated, that of the first time counts.
        """
        share = _answered(payload).get("share")
        if not _is_hex(share, _SHARE_LETTERS):
            raise ClaimError("bad-answer")
        if self.kept["met"] not in ("", share):
            self.again()
            return False
        if not self.kept["met"]:
            self.kept["met"], self.kept["shown"] = share, certificate
        self._theirs = binascii.unhexlify(share)
        return True

    def meet(self) -> "spake2.Steps":
        """Work K out, in steps. Raises `ClaimError`."""
        try:
            for found in spake2.meet_of_a(self._number(), self._secret, self._theirs):
                self._meet = found or b""
                yield found
        except spake2.ShareError:
            raise ClaimError("bad-answer") from None

    def proof(self) -> bytes:
        """What is said second; the same in each run until it is answered."""
        certificate = self.kept["shown"]
        told = (self._kind, certificate)
        shares = (self._share, self._theirs)
        self._agreed = Agreed(name_of(self._code), self._secret, shares, self._meet, told)
        return strict_json.dumps(
            {
                "v": _VERSION,
                "claim": name_of(self._code),
                "share": _hex(self._share),
                "certificate": certificate,
                "kind": self._kind,
                "proof": self._agreed.proof(),
            }
        )

    def read_answer(self, payload: bytes) -> "tuple[dict[str, Any], str]":
        """(terms, password). Raises `ClaimError`: a refusal (`enrol-again`: see `again`), or `bad-answer`."""
        value, agreed = _answered(payload), self._agreed
        text = value.get("terms")
        if agreed is None or type(text) is not str or value.get("proof") != agreed.seal(text):
            raise ClaimError("bad-answer")
        terms = _object(text.encode(), "bad-answer")
        if not is_slug(terms.get("device")) or not is_slug(terms.get("school")):
            raise ClaimError("bad-answer")
        broker, authority = terms.get("broker"), terms.get("ca")
        if type(broker) is not str or type(authority) is not str or parse_wall(terms.get("time")) is None:
            raise ClaimError("bad-answer")
        return terms, agreed.password

    def again(self) -> None:
        """Go on with another run: this one is not known any more where it was begun."""
        self.kept["runs"] += 1
        self.kept["met"] = self.kept["shown"] = ""

    def _number(self) -> int:
        """x of this run: another for each code and run, the same as long as these are."""
        drawn = binascii.unhexlify(self.kept["drawn"])
        return spake2.scalar(drawn + bytes([self.kept["runs"]]) + self._code.encode())


# The server's side


class Request:
    """What a device said. `proof`: '' where it is its first word."""

    def __init__(self, payload: bytes) -> None:
        """Raises `ClaimError("bad-enrolment")`: no request, or one of another version."""
        value = _object(payload, "bad-enrolment")
        name, share = value.get("claim"), value.get("share")
        if value.get("v") != _VERSION or type(name) is not str or not _is_hex(share, _SHARE_LETTERS):
            raise ClaimError("bad-enrolment")
        self.name = name
        self.share = share
        self.proof = value.get("proof", "")
        self.certificate = value.get("certificate", "")
        self.kind = value.get("kind", "")
        if self.proof != "" and not _is_hex(self.proof, 64):
            raise ClaimError("bad-enrolment")
        if self.certificate != "" and not _is_hex(self.certificate, 64):
            raise ClaimError("bad-enrolment")
        if type(self.kind) is not str or len(name) != NAME_SIGNS or name.strip(SIGNS):
            raise ClaimError("bad-enrolment")


def make_share(share: bytes) -> bytes:
    """The server's first answer."""
    return strict_json.dumps({"v": _VERSION, "share": _hex(share)})


def make_answer(agreed: Agreed, terms: "dict[str, Any]") -> bytes:
    """The server's second answer."""
    text = strict_json.dumps(terms).decode()
    return strict_json.dumps({"v": _VERSION, "terms": text, "proof": agreed.seal(text)})


def _answered(payload: bytes) -> "dict[str, Any]":
    """An answer of the server. Raises `ClaimError`: its refusal, or `bad-answer`."""
    if len(payload) > MAX_BYTES:
        raise ClaimError("bad-answer")
    value = _object(payload, "bad-answer")
    if value.get("code") in ERRORS:
        raise ClaimError(value["code"])
    if value.get("v") != _VERSION:
        raise ClaimError("bad-answer")
    return value


def _object(payload: bytes, code: str) -> "dict[str, Any]":
    try:
        value = strict_json.loads(payload)
    except ValueError:
        raise ClaimError(code) from None
    if type(value) is not dict:
        raise ClaimError(code)
    return value


def _is_hex(text: object, length: int) -> "TypeGuard[str]":
    return type(text) is str and len(text) == length and not text.strip(_HEX)


def _hex(data: bytes) -> str:
    return binascii.hexlify(data).decode()


def _checked(code: str) -> int:
    """0 for a whole code that holds: its signs as a polynomial over GF(32), by x^5 + x^2 + 1, at x."""
    found = 0
    for sign in code:
        found = _doubled(found) ^ SIGNS.index(sign)
    return found


def _doubled(value: int) -> int:
    return value << 1 ^ (37 if value & 16 else 0)
