"""The keys in force: those of the bindings, but where people chose others for an action.

What is chosen goes into Textual's own key map, which each key press is looked up in. What it says of clashes it says
at each press, and only of what has the keyboard then; so it is seen to before that there are none.
"""

import re
import string
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.events import Key
from textual.keys import Keys, _character_to_key
from textual.screen import ModalScreen, Screen

from cnm_tui.core.settings import Action, KeyMap, key_map
from cnm_tui.tui.commands import COMMANDS, Command, Group

_SEPARATOR: Final = " · "
_HOUSE: Final = "cnm_tui.tui"
_ARROWS: Final = {"↑": "up", "↓": "down", "←": "left", "→": "right"}
_BACKSPACE: Final = {"⌫": "backspace"}
_AS_SHOWN: Final = {
    **{"esc": "escape", "pgup": "pageup", "pgdn": "pagedown", "del": "delete", "ins": "insert", "return": "enter"},
    **_ARROWS,
    **_BACKSPACE,
}
"""How people and our texts call some keys, and Textual."""
_TYPED: Final = {"enter": "\r", "tab": "\t", "space": " "}
"""Characters that come with keys of another name."""
_MODIFIERS: Final = frozenset({"ctrl", "alt", "shift", "meta", "super", "hyper"})
_NAMES: Final = frozenset({*(key.value for key in Keys), *map(_character_to_key, string.printable)})


def keys_in_force(wanted: Mapping[str, str]) -> KeyMap:
    """By the classes that are imported by now; of what belongs to others nothing is known yet."""
    return key_map({name: _named(keys) for name, keys in wanted.items()}, list(_actions()), _is_key)


def import_dialogs() -> None:
    """Get to know all actions, which takes as long as opening each dialog once."""
    for room in ("screens", "dialogs", "widgets"):
        package = import_module(f"{_HOUSE}.{room}")
        for path in Path(package.__path__[0]).glob("[!_]*.py"):
            import_module(f"{package.__name__}.{path.stem}")


def put_in_force(app: App[None], found: KeyMap) -> None:
    """Have key presses mean this from now on."""
    app.set_keymap({name: ",".join(keys) for name, keys in found.keys.items()})


class KeyLine(NamedTuple):
    """What a person can do, and the keys for it."""

    keys: str
    """Those in force, as they are shown."""
    title: str
    group: Group
    id: str


def key_lines(app: App[Any]) -> list[KeyLine]:
    """Return a line for each thing that a person can do on the main screen."""
    lines: dict[str, KeyLine] = {}
    for one in COMMANDS:
        shown = ", ".join(keys_of(app, one))
        if one.runs in lines:
            shown = f"{lines[one.runs].keys}, {shown}"
        lines[one.runs] = KeyLine(shown, one.title, one.group, one.id)
    return list(lines.values())


def keys_of(app: App[Any], command: Command) -> list[str]:
    """Return the keys of a command that are in force, as they are shown."""
    in_force = app._keymap.get(command.id, command.keys).split(",")
    return [app.get_key_display(Binding(key.strip(), command.runs)) for key in in_force]


def key_of(node: DOMNode, name: str) -> str:
    """Return the first key of an action of this widget, screen or app, as it is shown; empty if it has none."""
    in_force = node._bindings.copy()
    in_force.apply_keymap(node.app._keymap)
    bindings = (binding for group in in_force.key_to_bindings.values() for binding in group)
    return next((node.app.get_key_display(binding) for binding in bindings if binding.id == name), "")


def in_force_there(screen: Screen[Any], hint: str) -> str:
    """A hint about keys of a screen, such as `arrows choose · esc cancels`, with those in force in it."""
    app, in_force = screen.app, dict[str, str]()
    for node in (app, screen):
        for binding in (binding for group in node._bindings.key_to_bindings.values() for binding in group):
            # Of the app's keys a dialog hears only those that come first everywhere.
            if binding.id is not None and (node is screen or binding.priority):
                called = _in_words(app.get_key_display(binding))
                in_force[called] = key_of(node, binding.id) if binding.id in app._keymap else called
    # Between two separators stands what one key, or several, do.
    return re.sub(rf"(?m)(^|{_SEPARATOR})(\S+)", lambda found: found[1] + _renamed(found[2], in_force), hint)


def _renamed(keys: str, in_force: Mapping[str, str]) -> str:
    """One key, the arrows that do something there, or signs that stand together."""
    modifier, plus, last = keys.rpartition("+")
    together = _ARROWS.values() if last == "arrows" else () if last.isalnum() else last
    alone = [key for one in together if (key := f"{modifier}{plus}{one}") in in_force]
    if keys in in_force or all(in_force[key] == key for key in alone):
        return in_force.get(keys, keys)
    return "/".join(in_force[key] for key in alone)


def _in_words(shown: str) -> str:
    for sign, word in _ARROWS.items():
        shown = shown.replace(sign, word)
    return shown


def pressable(word: str) -> tuple[str, ...]:
    """Return the keys that a word of a hint names: one, some with `/` between them, or signs that stand together."""
    together = () if any(map(str.isalnum, word)) else tuple(word)
    for keys in ((word,), tuple(word.split("/")), together):
        if keys and all(_is_key(_as_textual_calls_it(key)) for key in keys):
            return keys
    return ()


def press(app: App[Any], shown: str) -> None:
    """Have this key, as a hint names it, do what it does when it is pressed."""
    key = _as_textual_calls_it(shown)
    app.post_message(Key(key, _TYPED.get(key, shown if len(shown) == 1 else None)))


def _named(keys: str) -> tuple[str, ...]:
    return tuple(_as_textual_calls_it(key.strip()) for key in keys.split(",") if key.strip())


def _as_textual_calls_it(written: str) -> str:
    if len(written) == 1:
        return _character_to_key(_AS_SHOWN.get(written, written))
    *modifiers, key = written.split("+")
    if len(key) > 1 or "ctrl" in written.lower():
        key = _AS_SHOWN.get(key.lower(), key.lower())
    return "+".join([*map(str.lower, modifiers), _character_to_key(key) if len(key) == 1 else key])


def _is_key(name: str) -> bool:
    *modifiers, key = name.split("+")
    # Letters of other scripts are keys of other keyboards.
    return _MODIFIERS.issuperset(modifiers) and (key in _NAMES or len(key) == 1)


def _actions() -> Iterator[Action]:
    """Each action of the leaves among our classes."""
    ours = {one for one in _below(DOMNode) if one.__module__.startswith(_HOUSE)}
    leaves = [one for one in ours if not any(other is not one and issubclass(other, one) for other in ours)]
    panes = frozenset(one.__name__ for one in leaves if not issubclass(one, App | Screen))
    everywhere = panes | {one.__name__ for one in leaves}
    for one in leaves:
        for name, bindings in _by_id(one).items():
            heard_in = frozenset({one.__name__})
            if not issubclass(one, ModalScreen) and issubclass(one, App | Screen):
                heard_in = everywhere if any(binding.priority for binding in bindings) else heard_in | panes
            yield Action(name, bindings[0].description, tuple(binding.key for binding in bindings), heard_in)


def _below(cls: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for one in cls.__subclasses__():
        yield one
        yield from _below(one)


def _by_id(cls: type[DOMNode]) -> dict[str, list[Binding]]:
    found: dict[str, list[Binding]] = {}
    for bindings in cls._merge_bindings().key_to_bindings.values():
        for binding in bindings:
            if binding.id is not None:
                found.setdefault(binding.id, []).append(binding)
    return found
