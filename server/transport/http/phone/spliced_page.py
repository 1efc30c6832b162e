"""A page that is the same for everybody but for its last bytes: compressed once, ended anew for each reader.

The beginning is deflated once and flushed so that it ends on a whole byte and nothing after it looks back
(zlib's Z_FULL_FLUSH). An ending is then appended as a stored block with the sums of the whole: one ordinary
member of a gzip file (RFC 1951, RFC 1952), for the price of a checksum over a few hundred bytes.
"""

import struct
import zlib

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
"""Deflate, no name, no time, compressed as well as it goes, by no system in particular."""
MAX_TAIL = 0xFFFF
"""The bytes that one stored block holds."""


class Spliced:
    """The beginning of a page, ready to be ended."""

    def __init__(self, head: bytes) -> None:
        """Compresses `head` as well as zlib can."""
        deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9)
        self.head = head
        self._packed = _HEADER + deflate.compress(head) + deflate.flush(zlib.Z_FULL_FLUSH)
        self._crc = zlib.crc32(head)

    def plain(self, tail: bytes) -> bytes:
        """The whole page as it is."""
        return self.head + tail

    def gzipped(self, tail: bytes) -> bytes:
        """The whole page as one gzip member. ValueError where the ending has more than `MAX_TAIL` bytes."""
        length = len(tail)
        if length > MAX_TAIL:
            raise ValueError("the ending of a page is short")
        block = struct.pack("<BHH", 1, length, length ^ 0xFFFF)
        sums = struct.pack("<II", zlib.crc32(tail, self._crc), (len(self.head) + length) & 0xFFFFFFFF)
        return b"".join((self._packed, block, tail, sums))
