"""A reply's body as it arrives: decompressed piece by piece, within bounds."""

import zlib
from collections.abc import Iterator
from typing import Final

from cnm_tui.core.errors import ReplyTooLarge, ReplyTruncated, ReplyUndecodable
from cnm_tui.core.units import bytes_text

MOST_BYTES: Final = 64 * 1024 * 1024
"""Of one reply, on the wire and unpacked; a full answer has 6 MB."""
_OTHERS: Final = ("br", "compress", "dcb", "dcz", "deflate", "x-compress", "zstd")
"""Encodings that there are; a header that names none may hold anything, keys among it."""
_GZIP: Final = zlib.MAX_WBITS | 16
_STEP_BYTES: Final = 128 * 1024
"""Unpacked at a time: little enough to be done in memory that was just used, which is faster than to get more."""


class Unpacking:
    """Takes a body in pieces and gives it on, unpacked; neither gzip's nor the wire's excess gets past the bound."""

    def __init__(self, content_encoding: str, sender: str, *, most_bytes: int = MOST_BYTES) -> None:
        encoding = content_encoding.strip().lower() or "identity"
        if encoding not in ("gzip", "x-gzip", "identity"):
            how = f"as {encoding}" if encoding in _OTHERS else "in an unknown way"
            raise ReplyUndecodable(
                f"The reply of {sender} is compressed {how}, which was not asked for.",
                hint="A proxy on the way may have done that.",
            )
        self._encoding = encoding
        self._gzip = None if encoding == "identity" else zlib.decompressobj(_GZIP)
        self._sender = sender
        self._most_bytes = most_bytes
        self._unpacked_bytes = 0
        self._came = bytearray()

    @property
    def wire_bytes(self) -> int:
        """What has come so far, as it came."""
        return len(self._came)

    def take(self, piece: bytes) -> Iterator[bytes]:
        """Unpack one more piece; what came of it, as it comes.

        Raises:
            ReplyTooLarge: It is over the bound, packed or unpacked.
            ReplyUndecodable: It is not gzip.
        """
        self._came += piece
        if self.wire_bytes > self._most_bytes and self._gzip is not None:
            raise self._too_large()
        try:
            for unpacked in [piece] if self._gzip is None else self._unpack(self._gzip, piece):
                yield unpacked
                self._unpacked_bytes += len(unpacked)
                if self._unpacked_bytes > self._most_bytes:
                    raise self._too_large()
        except zlib.error as error:
            raise ReplyUndecodable(
                f"The gzip in the reply of {self._sender} is corrupt after {bytes_text(self._unpacked_bytes)}.",
                hint="Ask again; if it stays, look at the proxies on the way.",
            ) from error

    def whole(self) -> bytes:
        """All that has come so far, unpacked anew: packed it takes a tenth of the memory that it would be kept in."""
        if self._gzip is None:
            return bytes(self._came)
        afresh = Unpacking(self._encoding, self._sender, most_bytes=self._most_bytes)
        # In steps: gzip hands back what it has not taken yet, as a copy, behind each of a million members.
        steps = (self._came[start : start + _STEP_BYTES] for start in range(0, self.wire_bytes, _STEP_BYTES))
        return b"".join(part for step in steps for part in afresh.take(bytes(step)))

    def end(self) -> None:
        """All has come.

        Raises:
            ReplyTruncated: The gzip stream has not come to its end.
        """
        if self._gzip is not None and self.wire_bytes and not self._gzip.eof:
            raise self.truncated()

    def truncated(self) -> ReplyTruncated:
        """The failure of a reply that was cut."""
        return ReplyTruncated(
            f"The reply of {self._sender} ended after {bytes_text(self.wire_bytes)}.", hint="Ask again."
        )

    def _unpack(self, gzip: "zlib._Decompress", piece: bytes) -> Iterator[bytes]:
        more = True
        while piece or more:
            if gzip.eof:
                # A gzip file may have several members; zeros after the last are padding (RFC 1952, 2.2; gzip(1)).
                piece = piece.lstrip(b"\0")
                if not piece:
                    return
                gzip = self._gzip = zlib.decompressobj(_GZIP)
            unpacked = gzip.decompress(piece, _STEP_BYTES)
            yield unpacked
            piece = gzip.unused_data if gzip.eof else gzip.unconsumed_tail
            # All input may be taken and output still be waiting inside.
            more = len(unpacked) == _STEP_BYTES

    def _too_large(self) -> ReplyTooLarge:
        return ReplyTooLarge(
            f"The reply of {self._sender} is over {bytes_text(self._most_bytes)}; reading stopped there.",
            hint="Ask for fewer rows or group-bys.",
        )
