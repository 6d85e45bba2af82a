"""Decode a whole reply at once."""

from cnm_tui.api.row_decoder import DecodedRows, RowDecoder
from cnm_tui.core.endpoint import CONNECTIONS


def decoded(body: bytes, group_bys: tuple[str, ...], *, keeps_json: bool = True) -> DecodedRows:
    """Return the rows of a reply.

    Raises:
        CnmError: It is not the endpoint's document, only its beginning, or too large.
    """
    decoder = RowDecoder(group_bys, CONNECTIONS.counted_keys, whole=lambda: body, keeps_json=keeps_json)
    decoder.feed(body)
    return decoder.rows()
