"""SPAKE2 (RFC 9382): two who know the same short secret agree on a long key that nobody else can work out.

Whoever listens learns nothing to try secrets by, and whoever speaks with one of the two tries one secret in
each run, no more. The suite is the RFC's SPAKE2-P256-SHA256-HKDF-HMAC with its own points M and N, of which
nobody knows the logarithms; a test holds all of it against the RFC's vectors. A, who speaks first, is the
device; B is the server.

Written in the subset of Python that MicroPython runs. How long a step takes depends on the numbers: each of
them serves one run alone, so that there is nothing to be gathered by measuring.
"""

import hashlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Point = tuple[int, int]
    Steps = Iterator["bytes | None"]
    """None as often as another task may have its turn, then what comes of it."""

PRIME = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_M = (
    0x886E2F97ACE46E55BA9DD7242579F2993B64E16EF3DCAB95AFD497333D8FA12F,
    0x5FF355163E43CE224E0B0E65FF02AC8E5C7BE09419C785E0CA547D55A12E2D20,
)
_N = (
    0xD8BBD6C639C62937B04D997F38C3770719C629D7014D49A24B4F98BAA1292B49,
    0x07D60AA6BFADE45008A636337F5168C64D9BD36034808CD564490B1E656EDBE7,
)
SHARE_BYTES = 65
"""Of what each side says first: a point, uncompressed (SEC 1)."""
_BITS = 256
_STEP_BITS = 16


class ShareError(ValueError):
    """What the other side said is no point of the curve, or one that hides nothing."""


def scalar(text: bytes) -> int:
    """A number below the group's order, as good as evenly drawn, that `text` stands for."""
    digest = hashlib.sha256(b"1" + text).digest() + hashlib.sha256(b"2" + text).digest()
    return int.from_bytes(digest, "big") % ORDER


def share_of_a(x: int, w: int) -> "Steps":
    """pA, in steps: what A says first. `x`: drawn for this run; `w`: what the secret stands for."""
    return _packed(_sum_of(x, _BASE, w, _M))


def share_of_b(y: int, w: int) -> "Steps":
    """pB, in steps."""
    return _packed(_sum_of(y, _BASE, w, _N))


def meet_of_a(x: int, w: int, share: bytes) -> "Steps":
    """K as A works it out of pB, in steps. Raises `ShareError`."""
    return _packed(_sum_of(x, read_point(share), -x * w, _N))


def meet_of_b(y: int, w: int, share: bytes) -> "Steps":
    """K as B works it out of pA, in steps. Raises `ShareError`."""
    return _packed(_sum_of(y, read_point(share), -y * w, _M))


def last(steps: "Steps") -> bytes:
    """What comes of steps, without a pause."""
    found = b""
    for each in steps:
        found = each or b""
    return found


def transcript(names: "tuple[bytes, bytes]", shares: "tuple[bytes, bytes]", meet: bytes, w: int) -> bytes:
    """TT: the names of A and B, what both said, K and w, each with its length."""
    parts = names + shares + (meet, w.to_bytes(32, "big"))
    return b"".join([len(part).to_bytes(8, "little") + part for part in parts])


def keys(said: bytes, more: bytes = b"") -> "tuple[bytes, bytes, bytes]":
    """(Ke, KcA, KcB): the shared key, and those by which A and B confirm. `more`: the RFC's AAD."""
    digest = hashlib.sha256(said).digest()
    confirming = expand(digest[16:], b"ConfirmationKeys" + more)
    return digest[:16], confirming[:16], confirming[16:]


def expand(key: bytes, purpose: bytes) -> bytes:
    """32 bytes for a purpose: HKDF with SHA-256 and no salt (RFC 5869)."""
    return mac(mac(bytes(32), key), purpose + b"\x01")


def mac(key: bytes, text: bytes) -> bytes:
    """HMAC with SHA-256 (RFC 2104); `key`: at most 64 bytes."""
    filled = key + bytes(64 - len(key))
    inner, outer = bytes([byte ^ 0x36 for byte in filled]), bytes([byte ^ 0x5C for byte in filled])
    return hashlib.sha256(outer + hashlib.sha256(inner + text).digest()).digest()


def read_point(data: bytes) -> "Point":
    """The point that a share stands for; the curve has no small subgroups. Raises `ShareError`."""
    x, y = int.from_bytes(data[1:33], "big"), int.from_bytes(data[33:], "big")
    if len(data) != SHARE_BYTES or data[0] != 4 or x >= PRIME or y >= PRIME:
        raise ShareError
    if (y * y - (x * x - 3) * x - _B) % PRIME:
        raise ShareError
    return x, y


def _packed(steps: "Iterator[tuple[int, int, int] | None]") -> "Steps":
    found = None
    for found in steps:
        if found is None:
            yield None
    if found is None or not found[2]:
        raise ShareError
    x, y = _affine(found)
    yield b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def _affine(point: "tuple[int, int, int]") -> "Point":
    inverse = pow(point[2], PRIME - 2, PRIME)
    square = inverse * inverse % PRIME
    return point[0] * square % PRIME, point[1] * square * inverse % PRIME


def _sum_of(a: int, p: "Point", b: int, q: "Point") -> "Iterator[tuple[int, int, int] | None]":
    """a·p + b·q, both at once bit by bit; None after every `_STEP_BITS`, then the sum (Jacobian)."""
    a, b = a % ORDER, b % ORDER
    both = _add((p[0], p[1], 1), q)
    either = (p, q, _affine(both) if both[2] else None)
    found = (0, 1, 0)
    for bit in range(_BITS - 1, -1, -1):
        found = _double(found)
        which = (a >> bit & 1) + 2 * (b >> bit & 1)
        if which:
            added = either[which - 1]
            if added is not None:
                found = _add(found, added)
        if bit % _STEP_BITS == 0:
            yield None
    yield found


def _double(point: "tuple[int, int, int]") -> "tuple[int, int, int]":
    """2·point, Jacobian, a = -3 (dbl-2001-b of the Explicit-Formulas Database)."""
    x, y, z = point
    square_z, square_y = z * z % PRIME, y * y % PRIME
    beta = x * square_y % PRIME
    alpha = 3 * (x - square_z) * (x + square_z) % PRIME
    double_x = (alpha * alpha - 8 * beta) % PRIME
    double_y = (alpha * (4 * beta - double_x) - 8 * square_y * square_y) % PRIME
    return double_x, double_y, 2 * y * z % PRIME


def _add(point: "tuple[int, int, int]", other: "Point") -> "tuple[int, int, int]":
    """point + other, of which the second is affine."""
    x, y, z = point
    if not z:
        return other[0], other[1], 1
    square = z * z % PRIME
    across, up = (other[0] * square - x) % PRIME, (other[1] * square * z - y) % PRIME
    if not across:
        return (0, 1, 0) if up else _double(point)
    squared = across * across % PRIME
    cubed, middle = squared * across % PRIME, x * squared % PRIME
    sum_x = (up * up - cubed - 2 * middle) % PRIME
    return sum_x, (up * (middle - sum_x) - y * cubed) % PRIME, z * across % PRIME
