"""Determine which keyboard keys run which commands: the default keys, with the changes of the user.

The changes are put into Textual's own key map, which is used for every key press. Textual reports conflicts
only when a key is pressed, and only for the focused widget. Therefore conflicts are resolved here in
advance.
"""

import re
import string
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.events import Key
from textual.keys import Keys, _character_to_key
from textual.screen import ModalScreen, Screen

from cnm_tui.core.settings import Action, KeyMap, Settings, key_map
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
"""Key names as people and our texts write them, and Textual's names."""
_TYPED: Final = {"enter": "\r", "tab": "\t", "space": " "}
"""Characters of keys with another name."""
_MODIFIERS: Final = frozenset({"ctrl", "alt", "shift", "meta", "super", "hyper"})
_NO_KEYS: Final[Mapping[str, str]] = MappingProxyType({})
_NAMES: Final = frozenset({*(key.value for key in Keys), *map(_character_to_key, string.printable)})


ROW_COMMAND: Final = "commands."
"""Beginning of the id of a command on a row, whose key settings.toml gives."""


def keys_in_force(wanted: Mapping[str, str], row_commands: Mapping[str, str] = _NO_KEYS) -> KeyMap:
    """Return the keyboard keys that currently belong to each command.

    Only commands of classes that are already imported are included.

    Args:
        wanted: The keys that the user wants, by command id. Several keys are separated by commas.
        row_commands: The key of each command that runs on a row, by the name of the command.
    """
    given = {**wanted, **{f"{ROW_COMMAND}{name}": key for name, key in row_commands.items()}}
    actions = list(_actions())
    heard_in = next((one.heard_in for one in actions if one.id == "help"), frozenset())
    actions += [Action(f"{ROW_COMMAND}{name}", f"the command {name}", (), heard_in) for name in row_commands]
    return key_map({name: _named(keys) for name, keys in given.items()}, actions, _is_key)


def row_command_keys(settings: Settings) -> dict[str, str]:
    """Return the keyboard keys of the commands that the user has defined for rows, by the name of the command."""
    return {name: one.key for name, one in settings.commands.items() if one.key}


def textual_name(key: str) -> str:
    """Return the name that Textual uses for this keyboard key."""
    return ",".join(_named(key))


def import_dialogs() -> None:
    """Import the app and all dialogs, so that all their keyboard commands are known.

    This takes as long as opening each dialog once.
    """
    import_module(f"{_HOUSE}.app")
    for room in ("screens", "dialogs", "widgets"):
        package = import_module(f"{_HOUSE}.{room}")
        for path in Path(package.__path__[0]).glob("[!_]*.py"):
            import_module(f"{package.__name__}.{path.stem}")


def put_in_force(app: App[None], found: KeyMap) -> None:
    """Apply these keyboard keys to the app."""
    keys = {name: ",".join(keys) for name, keys in found.keys.items()}
    app.set_keymap({name: said for name, said in keys.items() if not name.startswith(ROW_COMMAND)})
    for name, said in keys.items():
        if name.startswith(ROW_COMMAND):
            app.bind(said, f"run_on_row('{name.removeprefix(ROW_COMMAND)}')", show=False)


class KeyLine(NamedTuple):
    """A command and its keyboard keys, as one entry for a list of all keys."""

    keys: str
    """The keys in force, as displayed."""
    title: str
    group: Group
    id: str


def key_lines(app: App[Any]) -> list[KeyLine]:
    """Return one entry for each command of the main screen."""
    lines: dict[str, KeyLine] = {}
    for one in COMMANDS:
        shown = ", ".join(keys_of(app, one))
        if one.runs in lines:
            shown = f"{lines[one.runs].keys}, {shown}"
        lines[one.runs] = KeyLine(shown, one.title, one.group, one.id)
    return list(lines.values())


_SAID_ANYWAY: Final = re.compile(r".*\.(cancel|close|up|down|page_up|page_down)|.*[._][2-9]")
"""Ids of keys that nearly all dialogs have, or of the second to ninth of nine."""


def dialog_key_lines(app: App[Any]) -> list[tuple[str, str]]:
    """Return a tuple for each imported dialog: the name of the dialog, and a text that lists its own keyboard keys.

    The text has the form `tab By rows or by size · …`.
    """
    lines = []
    for one in _below(ModalScreen):
        if not one.__module__.startswith(_HOUSE):
            continue
        said = [
            f"{_shown_keys(app, name, bindings)} {_effect(bindings[0].description)}"
            for name, bindings in sorted(_by_id(one).items())
            if not _SAID_ANYWAY.fullmatch(name)
        ]
        if said:
            lines.append((_dialog_name(one), " · ".join(said)))
    return sorted(lines)


def _effect(description: str) -> str:
    """Return a description for a line of several; that of the first of nine keys, such as `Preset 1`, for all."""
    words = description[:1].lower() + description[1:]
    return f"a {words.removesuffix(' 1')}" if words.endswith(" 1") else words


def _shown_keys(app: App[Any], name: str, bindings: list[Binding]) -> str:
    if name.endswith(("_1", ".1")):
        return "1 to 9"
    keys = app._keymap.get(name, ",".join(binding.key for binding in bindings)).split(",")
    return ", ".join(app.get_key_display(Binding(key, "")) for key in keys)


def _dialog_name(one: type[DOMNode]) -> str:
    """Return the display name of a dialog class, for example `Group by` for the class `GroupByPicker`."""
    words = re.findall("[A-Z][a-z]*", one.__name__)
    return " ".join(word for word in words if word not in ("Picker", "Dialog", "Screen")).capitalize()


def keys_of(app: App[Any], command: Command) -> list[str]:
    """Return the current keyboard keys of a command, in the spelling in which the screen displays them."""
    in_force = app._keymap.get(command.id, command.keys).split(",")
    return [app.get_key_display(Binding(key.strip(), command.runs)) for key in in_force]


def key_of(node: DOMNode, name: str) -> str:
    """Return the display name of the first keyboard key of an action. Return an empty text if it has no key.

    Args:
        node: The widget, screen or app to which the action belongs.
        name: The id of the key binding.
    """
    in_force = node._bindings.copy()
    in_force.apply_keymap(node.app._keymap)
    bindings = (binding for group in in_force.key_to_bindings.values() for binding in group)
    return next((node.app.get_key_display(binding) for binding in bindings if binding.id == name), "")


def in_force_there(screen: Screen[Any], hint: str) -> str:
    """Return a hint for this screen. In the hint, default keyboard keys are replaced by the current keyboard keys.

    An example of a hint is `arrows choose · esc cancels`.
    """
    app, in_force = screen.app, dict[str, str]()
    for node in (app, screen):
        for binding in (binding for group in node._bindings.key_to_bindings.values() for binding in group):
            # Of the app's keys only those with priority work in a dialog.
            if binding.id is not None and (node is screen or binding.priority):
                called = _in_words(app.get_key_display(binding))
                in_force[called] = key_of(node, binding.id) if binding.id in app._keymap else called
    # Between two separators is the action of one or several keys.
    return re.sub(rf"(?m)(^|{_SEPARATOR})(\S+)", lambda found: found[1] + _renamed(found[2], in_force), hint)


def _renamed(keys: str, in_force: Mapping[str, str]) -> str:
    """Return the current name for keyboard keys in a hint. `in_force` maps default keys to current keys.

    `keys` is one key, the word `arrows`, or several characters.
    """
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
    """Return the keyboard keys that a word of a hint stands for. Return an empty tuple if the word is not a key.

    The word may be one key, several keys separated by `/`, or several characters that are one key each.
    """
    together = () if any(map(str.isalnum, word)) else tuple(word)
    for keys in ((word,), tuple(word.split("/")), together):
        if keys and all(_is_key(_as_textual_calls_it(key)) for key in keys):
            return keys
    return ()


def press(app: App[Any], shown: str) -> None:
    """Simulate a press of the keyboard key that a hint displays."""
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
    """Yield the actions of all widgets, screens and apps of this project. Classes that have subclasses are left out."""
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
