"""Test that API keys and passwords in external text are found in any encoding and hidden completely."""

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.redaction import FRAGMENT, Redaction, may_hold_key, without_lookalikes
from cnm_tui.core.service import Secret

KEY = "0123456789abcdef0123456789abcde1"
TOKEN = "ddpat_Xy-z_q8Wm2R7tNc4Lk"
HIDING = Redaction([Secret(KEY), Secret(TOKEN)])


def escaped(form: str, text: str) -> str:
    """Return the text with each character replaced by its character code in this format, for example `%41`."""
    return "".join(form.format(ord(character)) for character in text)


WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": str.upper,
    "in small letters": str.lower,
    "for a URL": lambda text: quote(text, safe=""),
    "each for a URL": lambda text: escaped("%{:02x}", text),
    "twice for a URL": lambda text: escaped("%25{:02X}", text),
    "for JSON": lambda text: escaped("\\u{:04x}", text),
    "JSON within JSON": lambda text: json.dumps(json.dumps(text)),
    "as bytes of Python": lambda text: escaped("\\x{:02x}", text),
    "for HTML": lambda text: escaped("&#{};", text),
    "for HTML, without semicolons": lambda text: escaped("&#{}", text),
    "for HTML within HTML": lambda text: escaped("&amp;#{};", text),
    "in hexadecimal": lambda text: text.encode().hex(),
    "in hexadecimal, in groups": lambda text: text.encode().hex(":", 2).upper(),
    "in octal": lambda text: escaped("\\{:03o}", text),
    "as bytes of Go": lambda text: str(list(text.encode())).replace(",", ""),
    "as quoted-printable": lambda text: escaped("={:02X}", text),
    "in hexadecimal for HTML": lambda text: escaped("&#x{:X};", text),
    "in base64": lambda text: base64.b64encode(text.encode()).decode(),
    "in base64 of URLs, behind one more": lambda text: base64.urlsafe_b64encode(f"x{text}".encode()).decode(),
    "in base64, between others": lambda text: base64.b64encode(f"me:{text}, or so".encode()).decode(),
    "with a blank": lambda text: f"{text[:12]} {text[12:]}",
    "with a line break of JSON": lambda text: f"{text[:12]}\\n{text[12:]}",
    "with a star and quotes": lambda text: f'"{text[:9]}*"{text[9:]}',
    "with what cannot be seen": lambda text: "\u200b".join(text),
    "with variation selectors, which are not seen either": lambda text: "\ufe0f".join(text),
    "with accents": lambda text: "\u0301".join(text),
    "in wide letters": lambda text: "".join(chr(ord(letter) + 0xFEE0) for letter in text),
    "in groups": lambda text: "-".join(text[at : at + 4] for at in range(0, len(text), 4)),
    "with commas": lambda text: ",".join(text),
    "cut off": lambda text: text[:FRAGMENT],
    "from its middle": lambda text: text[5 : 5 + FRAGMENT],
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("secret", [KEY, TOKEN], ids=["key", "token"])
def test_no_part_of_a_secret_is_left_however_it_is_written(secret: str, way: Callable[[str], str]) -> None:
    said = f"You sent <{way(secret)}> to us."

    hidden = HIDING.hide(said)

    assert HIDING.finds(said)
    assert not HIDING.finds(hidden)
    assert hidden.startswith("You sent <")
    assert hidden.endswith("> to us.")
    assert "***" in hidden


@given(st.text(max_size=30), st.text(max_size=30), st.integers(0, 31), st.integers(FRAGMENT, 32))
def test_nothing_is_left_between_any_other_texts(before: str, behind: str, start: int, length: int) -> None:
    part = KEY[start : start + length]

    hidden = HIDING.hide(before + part + behind)

    assert len(part) < FRAGMENT or part not in hidden
    assert not HIDING.finds(hidden)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Forbidden",
        "Request 7f3a9c0d5e2b4f61a8d7c6b5e4f30291 refused",
        "0123456 is no part",
        "0, 1, 2, 3, 4, 5, 6, 7",
    ],
)
def test_what_is_no_secret_is_left_as_it_is(said: str) -> None:
    assert HIDING.hide(said) == said
    assert not HIDING.finds(said)


def test_a_short_password_and_a_name_are_hidden_as_a_whole() -> None:
    hiding = Redaction([Secret("s3cr")], [Secret("administrator")])

    assert (
        hiding.hide("administrator:s3cr is wrong; administration is not") == "***:*** is wrong; administration is not"
    )


@pytest.mark.parametrize("said", ["The planned channel cannot be reached", "She can note the person", "an Anne"])
def test_a_short_password_or_name_hides_no_part_of_a_word(said: str) -> None:
    hiding = Redaction([Secret("son")], [Secret("ann")])

    assert hiding.hide(said) == said


@pytest.mark.parametrize("said", ["ann:son", "user=ann", "son", "user%3Ason", '"ann"', "ANN!", "a\nnn"])
def test_a_short_password_or_name_is_hidden_where_it_stands_alone(said: str) -> None:
    hidden = Redaction([Secret("son")], [Secret("ann")]).hide(said)

    assert "***" in hidden
    assert not any(word in hidden.lower() for word in ("ann", "son", "nn"))


def test_a_long_text_is_searched_for_long_parts() -> None:
    assert HIDING.finds("x y " * 50_000 + KEY[3:20])
    assert not HIDING.finds("x y " * 50_000)


@pytest.mark.parametrize("before", range(-16, 2))
def test_a_long_text_is_searched_where_it_is_cut_into_pieces(before: int) -> None:
    text = "x" * (64 * 1024 + before) + KEY[3:18] + "x" * 64 * 1024

    assert HIDING.finds(text)


def test_it_shows_no_secret_itself() -> None:
    HIDING.hide("something")

    assert KEY not in repr(HIDING)


def test_what_looks_like_anybody_s_key_is_hidden_on_demand() -> None:
    said = f"no item {KEY}, nor {TOKEN}, in deadbeef"

    assert without_lookalikes(said) == "no item ***, nor ***, in deadbeef"


@pytest.mark.parametrize(
    "search",
    [
        "0123456789abcdef0123456789ABCDEF",
        "client_service:x AND 0123456789abcdef0123456789abcdef01234567",
        'a:"ddpat_x"',
        "DDSAT_whatever",
        "env:prod 0123456789abcdef 0123456789abcdef",
        "host:0123456789abcdef*0123456789abcdef01234567",
        'a:"01234567" "89abcdef0123456789abcdef"',
    ],
)
def test_what_looks_like_a_key_is_told(search: str) -> None:
    assert may_hold_key(search)


@pytest.mark.parametrize(
    "search",
    ["", "client_service:web", "container_id:" + "0123456789abcdef" * 4, "a" * 31, "pod:web-7d9f6c5b8-x2x4z"],
)
def test_usual_values_are_no_keys(search: str) -> None:
    assert not may_hold_key(search)
