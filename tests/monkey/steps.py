"""Generate the steps of the random test from a seed. The same seed always gives the same steps."""

import random
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

SUSPENDS: Final = "\x1a"
"""ctrl+z is left out: nobody would continue the program. All other keys are pressed."""
_ENTER, _ESC, _TAB = "\r", "\x1b[27u", "\t"
_NAMED: Final[Sequence[str]] = (
    *("\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[5~", "\x1b[6~", "\x1b[2~", "\x1b[3~"),
    *("\x1bOP", "\x1bOQ", "\x1b[15~", "\x1b[17~", "\x1b[24~", "\x1b[Z", "\x7f", " ", _TAB, _ENTER),
    *(f"\x1b[1;{modifier}{letter}" for modifier in (2, 5, 6) for letter in "ABCDHF"),
)
_CONTROLS: Final = tuple(chr(code) for code in range(1, 27) if chr(code) not in (SUSPENDS, "\x11"))
_PRINTABLE: Final[Sequence[str]] = tuple(string.printable[:95])
_FUNCTION_KEYS: Final = ("\x1bOR", "\x1bOS", *(f"\x1b[{code}~" for code in (18, 19, 20, 21, 23)), "\x1bx", "\x00")
ALL_KEYS: Final = tuple(dict.fromkeys((*_PRINTABLE, *_NAMED, *_CONTROLS, *_FUNCTION_KEYS, _ESC, "\x11", "\x1f")))
"""Every key of a usual terminal except the one that suspends."""
_OPENERS: Final = "btnvcwYmfPK?oyIMNDHGLWxa!{}JAEXCUBZO\x10\x12\x14\x0c"
_WORDS: Final = (
    *("server_service:kafka", "client_env:prod AND (", "NOT -*", 'a:"b', "rtt>50ms", "rtt>", "retransmits%>1", "worse"),
    *("/(a+)+$/", "/^(.*)*x/", "!/[", "15m", "now-2h to now-1h", "14d", "since 10:00", "7500", "1", "100", "0"),
    *("pod_name", "client_kube_deployment", "client_tier, server_tier", "a'\"\\b", "Δrtt>20%", "größe", "検索", "zz"),
    *(
        "n\x15all\r",
        "finding",
        "critical",
        "warning OR began<1h",
        "finding=lost",
        "2h in 24",
        "24h in 96",
        "tcp_retransmits",
    ),
    *("Slowest round trips", "Limit", "Zoom", "../../x.csv", "/dev/null", "x.json", "datadoghq.eu", "0123456789abcdef"),
)
_MOST_IN_ONE_WRITE: Final = 12
_SIZES: Final = ((80, 24), (60, 15), (120, 40), (200, 50), (100, 30), (160, 45), (59, 24), (80, 14), (1, 1), (500, 200))


@dataclass(frozen=True)
class Resize:
    """A step that changes the size of the terminal window, in columns and rows."""

    columns: int
    rows: int


Step = str | Resize
"""The bytes of one write, or a resize."""


def steps(seed: int) -> Iterator[tuple[Step, int]]:
    """Yield random steps without end. Each item is a pair: the step, and how many keys, clicks and pastes it
    contains.
    """
    chance = random.Random(seed)
    while True:
        if chance.random() < 0.06:
            yield Resize(*(chance.choice(_SIZES) if chance.random() < 0.5 else _any_size(chance))), 1
            continue
        presses = 1 if chance.random() < 0.4 else chance.randint(2, _MOST_IN_ONE_WRITE)
        yield "".join(_press(chance) for _ in range(presses)), presses


def _any_size(chance: random.Random) -> tuple[int, int]:
    return chance.randint(1, 250), chance.randint(1, 70)


def _press(chance: random.Random) -> str:
    """Return the characters that a terminal sends for a random key, word, paste or mouse action."""
    kinds = {
        "key": 40,
        "opener": 14,
        "enter": 9,
        "esc": 5,
        "again": 6,
        "word": 8,
        "mouse": 10,
        "paste": 2,
        "control": 6,
    }
    (kind,) = chance.choices(list(kinds), list(kinds.values()))
    if kind == "key":
        pressed: str = chance.choice(_NAMED if chance.random() < 0.4 else _PRINTABLE)
        return pressed
    if kind == "again":
        repeated: str = chance.choice((*_NAMED, *_OPENERS, _ENTER))
        return repeated * chance.randint(2, 4)
    if kind == "word":
        return chance.choice(_WORDS) + chance.choice(("", _ENTER, _TAB))
    simple: dict[str, Sequence[str]] = {"opener": _OPENERS, "enter": (_ENTER,), "esc": (_ESC,), "control": _CONTROLS}
    if kind in simple:
        return chance.choice(simple[kind])
    return _paste(chance) if kind == "paste" else _mouse(chance)


def _paste(chance: random.Random) -> str:
    longest = chance.choice((10, 200, 3_000, 200_000))
    text = chance.choice((*_WORDS, string.ascii_letters, "a,b\n", "(" * 20, "\\", "\x00\x07", "é"))
    return f"\x1b[200~{(text * (longest // len(text) + 1))[:longest]}\x1b[201~"


def _mouse(chance: random.Random) -> str:
    x, y = chance.randint(1, 120), chance.randint(1, 40)
    kind = chance.choice(("click", "click", "double", "wheel", "move", "drag"))
    press, release = f"\x1b[<0;{x};{y}M", f"\x1b[<0;{x};{y}m"
    if kind == "wheel":
        return f"\x1b[<{chance.choice((64, 65, 68, 69))};{x};{y}M" * chance.randint(1, 5)
    if kind == "move":
        return f"\x1b[<35;{x};{y}M"
    if kind == "drag":
        return press + f"\x1b[<32;{chance.randint(1, 120)};{chance.randint(1, 40)}M" + release
    return (press + release) * (2 if kind == "double" else 1)
