"""Decompress a response body as it arrives, with limits on its size.

The decoders of httpx have no such limits.
"""

import zlib
from collections.abc import Iterator
from typing import Final

from cnm_tui.core.errors import ReplyTooLarge, ReplyTruncated, ReplyUndecodable
from cnm_tui.core.units import bytes_text

MOST_BYTES: Final = 64 * 1024 * 1024
"""Maximum bytes of one reply, compressed and decompressed; a full answer has 6 MB."""
_OTHER_ENCODINGS: Final = ("br", "compress", "dcb", "dcz", "deflate", "x-compress", "zstd")
"""Encodings that error messages may name; any other header value could hold anything, even a key."""
_GZIP: Final = zlib.MAX_WBITS | 16
_STEP_BYTES: Final = 128 * 1024
"""Bytes decompressed at a time: a size that reuses freed memory, which is faster than new memory."""


class ResponseBody:
    """A decompressor for the body of one response, which receives the body piece by piece."""

    def __init__(self, content_encoding: str, sender: str, *, most_bytes: int = MOST_BYTES) -> None:
        encoding = content_encoding.strip().lower() or "identity"
        if encoding not in ("gzip", "x-gzip", "identity"):
            how = f"as {encoding}" if encoding in _OTHER_ENCODINGS else "in an unknown way"
            raise ReplyUndecodable(
                f"The reply of {sender} is compressed {how}, which was not asked for.",
                hint="A proxy on the way may have done that.",
            )
        self._gzip = None if encoding == "identity" else zlib.decompressobj(_GZIP)
        self._sender = sender
        self._most_bytes = most_bytes
        self._decompressed_bytes = 0
        self._received = bytearray()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Add one received piece of the body, and yield its decompressed bytes.

        Raises:
            ReplyTooLarge: The body is over the size limit, compressed or decompressed.
            ReplyUndecodable: The body is not valid gzip.
        """
        self._received += piece
        if len(self._received) > self._most_bytes and self._gzip is not None:
            raise self._too_large()
        for part in self._decompress(piece):
            yield part
            self._decompressed_bytes += len(part)
            if self._decompressed_bytes > self._most_bytes:
                raise self._too_large()

    def whole(self) -> bytes:
        """Return the decompressed bytes of everything received so far.

        The method decompresses the body again, because the body is stored in compressed form. The compressed form
        needs a tenth of the memory.
        """
        if self._gzip is None:
            return bytes(self._received)
        self._gzip, received = zlib.decompressobj(_GZIP), self._received
        # In steps: zlib copies its unread input for each of up to a million members.
        steps = (bytes(received[start : start + _STEP_BYTES]) for start in range(0, len(received), _STEP_BYTES))
        return b"".join(part for step in steps for part in self._decompress(step))

    def end(self) -> None:
        """Check that the gzip stream is complete. The method has no return value.

        Raises:
            ReplyTruncated: The gzip stream is not complete.
        """
        if self._gzip is not None and self._received and not self._gzip.eof:
            raise self.truncated()

    def truncated(self) -> ReplyTruncated:
        """Return the error for a response that ended before it was complete."""
        return ReplyTruncated(
            f"The reply of {self._sender} ended after {bytes_text(len(self._received))}.", hint="Ask again."
        )

    def _decompress(self, piece: bytes) -> Iterator[bytes]:
        if self._gzip is None:
            yield piece
            return
        more = True
        try:
            while piece or more:
                if self._gzip.eof:
                    # A gzip file may have several members; zeros after the last are padding (RFC 1952, 2.2; gzip(1)).
                    piece = piece.lstrip(b"\0")
                    if not piece:
                        return
                    self._gzip = zlib.decompressobj(_GZIP)
                part = self._gzip.decompress(piece, _STEP_BYTES)
                yield part
                piece = self._gzip.unused_data if self._gzip.eof else self._gzip.unconsumed_tail
                # All input may be consumed while output is still pending.
                more = len(part) == _STEP_BYTES
        except zlib.error as error:
            raise ReplyUndecodable(
                f"The gzip in the reply of {self._sender} is corrupt after {bytes_text(self._decompressed_bytes)}.",
                hint="Ask again; if it stays, look at the proxies on the way.",
            ) from error

    def _too_large(self) -> ReplyTooLarge:
        return ReplyTooLarge(
            f"The reply of {self._sender} is over {bytes_text(self._most_bytes)}; reading stopped there.",
            hint="Ask for fewer rows or group-bys.",
        )
