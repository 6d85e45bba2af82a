"""Decode the whole body of an API response in one step."""

from cnm_tui.api.row_decoder import DecodedRows, RowDecoder
from cnm_tui.core.endpoint import CONNECTIONS


def decoded(body: bytes, group_bys: tuple[str, ...], *, keeps_json: bool = True) -> DecodedRows:
    """Return the rows of an API response.

    Raises:
        CnmError: The body is not a response of the API endpoint, is cut off, or is too large.
    """
    decoder = RowDecoder(group_bys, CONNECTIONS.counted_keys, whole=lambda: body, keeps_json=keeps_json)
    decoder.feed(body)
    return decoder.rows()
