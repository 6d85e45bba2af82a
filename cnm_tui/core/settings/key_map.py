"""Keys that people chose for actions: which of them can be had, and why not the others."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple

from cnm_tui.core.text import clean

QUIT: Final = "app.quit"
ALWAYS_QUITS: Final = "ctrl+q"
"""Whatever the settings say, there is one known way out."""
_MOST_TOLD: Final = 3
_LONGEST_NAME: Final = 40


class Action(NamedTuple):
    """Something that keys do."""

    id: str
    does: str
    keys: tuple[str, ...]
    """The usual ones."""
    heard_in: frozenset[str]
    """Where a key of it does it: two actions that share a place cannot share a key there."""


class KeyMap(NamedTuple):
    """What is in force."""

    keys: Mapping[str, tuple[str, ...]]
    """By the id of an action, instead of its usual ones."""
    problem: str
    """In one sentence, what was wished for and cannot be had; empty where all can."""


def key_map(
    wanted: Mapping[str, Sequence[str]], actions: Collection[Action], is_key: Callable[[str], bool] = bool
) -> KeyMap:
    """The wished keys that are in force; whose wish would take a key from another action keeps its usual ones."""
    known = {action.id: action for action in actions}
    problems: list[str] = []
    chosen: dict[str, tuple[str, ...]] = {}
    for name, keys in wanted.items():
        if name not in known:
            problems.append(f"there is no action {clean(name, _LONGEST_NAME)!r}")
        elif not keys:
            problems.append(f"{name} is given no key")
        elif (strange := next((key for key in keys if not is_key(key)), None)) is not None:
            problems.append(f"{clean(strange, _LONGEST_NAME)!r} is no key for {name}")
        elif name != QUIT and ALWAYS_QUITS in keys:
            problems.append(f"{ALWAYS_QUITS} always quits, so {name} cannot have it")
        else:
            chosen[name] = tuple(dict.fromkeys([*keys, *([ALWAYS_QUITS] if name == QUIT else [])]))
    # Whoever goes back to its usual keys may take one of those from a third.
    while (clash := _clash(chosen, known)) is not None:
        name, key, other = clash
        del chosen[name]
        problems.append(f"{name} cannot have {clean(key, _LONGEST_NAME)}, which is for {other.does} ({other.id})")
    return KeyMap(chosen, _sentence(problems))


def _clash(chosen: Mapping[str, tuple[str, ...]], known: Mapping[str, Action]) -> tuple[str, str, Action] | None:
    """The last wish that takes a key of another action, that key, and whose it is."""
    for name in reversed(list(chosen)):
        for other in known.values():
            if other.id == name or known[name].heard_in.isdisjoint(other.heard_in):
                continue
            for key in chosen[name]:
                if key in chosen.get(other.id, other.keys):
                    return name, key, other
    return None


def _sentence(problems: Sequence[str]) -> str:
    if not problems:
        return ""
    told = "; ".join(problems[:_MOST_TOLD])
    more = f"; and {len(problems) - _MOST_TOLD} more" if len(problems) > _MOST_TOLD else ""
    return f"Keys of the settings that are not in force: {told}{more}."
