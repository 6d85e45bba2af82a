from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.api.error_texts import LONGEST, error_texts
from cnm_tui.core.redaction import Redaction
from cnm_tui.core.service import Secret

REPLIES = Path(__file__).parents[1] / "replies"


@pytest.mark.parametrize(
    ("file", "texts"),
    [
        ("error_recorded.json", ("Invalid limit: Limit must meet requirements listed in the documentation",)),
        (
            "error_without_detail.json",
            ("Cannot combine server_ungrouped with other server groupings or network.dns_query",),
        ),
        ("error_documented.json", ("API key required",)),
        ("gateway.html", ("502 Bad Gateway",)),
    ],
)
def test_every_recorded_shape_is_read(file: str, texts: tuple[str, ...]) -> None:
    assert error_texts((REPLIES / file).read_bytes()) == texts


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        (b"", ()),
        (b"   ", ()),
        (b"{}", ()),
        (b'{"errors":[]}', ()),
        (b'{"errors":[null,5,{"status":"400"}]}', ()),
        (b'{"errors":"Forbidden"}', ("Forbidden",)),
        (b'{"errors":["one","two"]}', ("one", "two")),
        (b'{"errors":[{"title":"Bad Request","detail":"Bad Request"}]}', ("Bad Request",)),
        (b"Bad Request\n", ("Bad Request",)),
        (b"<html><body><h1>Sign in</h1><script>x()</script>here</body></html>", ("Sign in here",)),
        (b"stop \x1b[31m red", ("stop ␛[31m red",)),
        (b'{"errors":["truncated', ('{"errors":["truncated',)),
    ],
)
def test_plain_text_pages_and_odd_shapes_are_read_too(body: bytes, texts: tuple[str, ...]) -> None:
    assert error_texts(body) == texts


def test_a_content_type_tells_a_page_that_does_not_look_like_one() -> None:
    assert error_texts(b"<p>No</p>", "text/html; charset=utf-8") == ("No",)


@pytest.mark.parametrize(
    "piece", ["<!--", "<title", "<title>", "<script", "<script>", "<", "<a ", "&a", "</title", "<!-- -->"]
)
def test_a_page_of_nothing_but_one_piece_is_read_as_fast_as_another(piece: str) -> None:
    # Each took seconds when every piece was looked at from each of the others.
    page = f"<html>{piece * (64 * 1024 // len(piece))}".encode()

    texts = [error_texts(page) for _ in range(20)]

    assert texts == [error_texts(page)] * 20


def test_a_number_too_long_for_python_is_left_as_it_is() -> None:
    assert error_texts(b"<p>&#" + b"9" * 5_000 + b";", "text/html")[0].startswith("&#999")


def test_a_sign_that_opens_no_tag_is_shown() -> None:
    assert error_texts(b"<p>rtt < 5 <BR>&amp; more<!-- no --></p>", "text/html") == ("rtt < 5 & more",)


def test_endless_texts_are_bounded() -> None:
    assert [len(text) for text in error_texts(b"x" * 1_000_000)] == [LONGEST]


@given(st.binary())
def test_any_bytes_give_safe_texts(body: bytes) -> None:
    for text in error_texts(body, "text/html"):
        assert text.isprintable()
        assert len(text) <= LONGEST


@pytest.mark.parametrize("before", range(8))
def test_of_a_text_that_is_cut_no_part_of_a_key_is_left(before: int) -> None:
    hiding = Redaction([Secret("fedcba9876543210fedcba9876543210deadbeef")])

    (shown,) = error_texts(b"x" * before + b"fedcba9876543210fedcba9876543210deadbeef" * 1_600, redaction=hiding)

    assert "***" in shown
    assert not hiding.finds(shown)
