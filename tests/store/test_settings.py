"""Test valid and invalid entries of the settings file settings.toml."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from cnm_tui.core.key_presets import KEY_PRESETS
from cnm_tui.core.row_commands import RowCommand
from cnm_tui.core.settings import Profile, Settings
from cnm_tui.store.settings import load
from cnm_tui.tui.terminal.keys import import_dialogs, keys_in_force

WHOLE = """\
profile = "prod"
clipboard = "osc52"
theme = "ansi"
ascii = true
geoip = "~/x.mmdb"

[profiles.prod]
site = "datadoghq.eu"
api_key_command = "pass show 'datadog/my api'"
app_key_command = ["op", "read", "op://Work/Datadog/app"]
view = "Checkout"
accent = "#D70000"

[profiles.lab]
api_url = "http://127.0.0.1:8080/"
access_token_command = "cat token"

[ladders]
client_service = ["client_pod_name", "client_host"]
server_domain = "client_service"

[keys]
refresh = "f5,r"

[commands.trace]
run = ["mtr", "{server_ip}"]
key = "f9"
confirm = true
output = "terminal"
needs = "server_port"

[commands.look]
run = "dig -x {server_ip}"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def written(path: Path, text: str | bytes) -> Settings:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load(path)


def test_without_a_file_all_is_as_usual(path: Path) -> None:
    assert load(path) == Settings()


def test_a_link_to_nothing_is_no_missing_file(path: Path) -> None:
    path.symlink_to(path.with_name("nothing"))

    settings = load(path)

    assert "is a link to nothing" in settings.unreadable
    assert settings.of("default").problem == settings.unreadable


def test_without_a_file_nothing_is_imported_to_read_one(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from cnm_tui.store.settings import load; load(Path(sys.argv[1])); "
        "sys.exit(bool({'tomllib', 'platformdirs'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", program, path], check=False).returncode == 0


def test_all_that_can_be_set_is_read(path: Path) -> None:
    settings = written(path, WHOLE)

    assert settings._replace(profiles={}, ladders={}, keys={}, commands={}) == Settings(
        "prod", {}, clipboard="osc52", theme="ansi", ascii=True, geoip="~/x.mmdb", ladders={}, keys={}, commands={}
    )
    assert settings.of("prod") == Profile(
        site="datadoghq.eu",
        api_key_command=("pass", "show", "datadog/my api"),
        app_key_command=("op", "read", "op://Work/Datadog/app"),
        view="Checkout",
        accent="#d70000",
    )
    assert settings.of("lab") == Profile(api_url="http://127.0.0.1:8080", access_token_command=("cat", "token"))
    assert settings.ladders == {
        "client_service": ("client_pod_name", "client_host"),
        "server_domain": ("client_service",),
    }
    assert settings.keys == {"refresh": "f5,r"}
    assert settings.commands == {
        "trace": RowCommand(("mtr", "{server_ip}"), "f9", True, "terminal", ("server_port",)),
        "look": RowCommand(("dig", "-x", "{server_ip}")),
    }


def test_a_profile_that_is_not_set_holds_nothing(path: Path) -> None:
    assert written(path, WHOLE).of("another") == Profile()


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ("run = 1", "line 2: commands.x.run: it has to be a text or a list of texts"),
        ("key = 'f9'", "line 1: commands.x: it has to say what to run"),
        ("run = 'ls'\nconfirm = 'yes'", "line 3: commands.x.confirm: it has to be true or false."),
        ("run = 'ls'\noutput = 'window'", "line 3: commands.x.output: it has to be one of pane, terminal."),
        ("run = 'ls'\nshell = true", "line 3: commands.x.shell: nothing is called so; there are run, key, "),
        ("\nrun = '{server_ip}'", "line 3: commands.x.run: the program itself cannot come from a row"),
        ("run = 'ls -{server_ip}'", "line 2: commands.x.run: '-{server_ip}' lets a value of a row name an option"),
    ],
)
def test_a_command_with_a_mistake_does_not_run_at_all(path: Path, entries: str, sentence: str) -> None:
    settings = written(path, f"[commands.x]\n{entries}\n[commands.y]\nrun = 'ls'\n")

    assert [problem.startswith(f"settings.toml, {sentence}") for problem in settings.problems] == [True]
    assert list(settings.commands) == ["y"]


@pytest.mark.parametrize("preset", KEY_PRESETS)
def test_a_preset_of_keys_has_no_conflict_and_gives_way_to_own_keys(path: Path, preset: str) -> None:
    settings = written(path, f"[keys]\npreset = '{preset}'\n'grid.last' = 'f8'")
    import_dialogs()

    found = keys_in_force(settings.keys)

    assert (settings.problems, found.problem) == ((), "")
    assert found.keys.keys() == KEY_PRESETS[preset].keys()
    assert found.keys["grid.last"] == ("f8",)


def test_an_unknown_preset_is_named_and_own_keys_count(path: Path) -> None:
    settings = written(path, "[keys]\npreset = 'emacs'\nsort = 'f8'")

    assert settings.problems == ("settings.toml, line 2: keys.preset: it has to be one of vim, k9s.",)
    assert settings.keys == {"sort": "f8"}


def test_templates_of_links_are_read_and_mistakes_are_named(path: Path) -> None:
    settings = written(path, "[links]\nlogs = 'https://{web}/{service}'\nbad = 'https://{server_domain}'\n'a/b' = 'x'")

    assert settings.links == {"logs": "https://{web}/{service}"}
    assert [problem.partition(": ")[0] for problem in settings.problems] == [
        "settings.toml, line 3",
        "settings.toml, line 4",
    ]


def test_a_command_has_a_name_that_can_be_an_id(path: Path) -> None:
    settings = written(path, "[commands.'a b']\nrun = 'ls'")

    assert settings.problems[0].startswith("settings.toml, line 1: commands.a b: a name has letters, digits, - and _")
    assert settings.commands == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a = 1", "line 1: a: nothing is called so; there are profile, clipboard, "),
        ("\nascii = 'yes'", "line 2: ascii: it has to be true or false."),
        ("clipboard = 'x11'", "line 1: clipboard: it has to be one of auto, osc52, native, off."),
        ("profile = 'a b'", "line 1: profile: 'a b' cannot be a profile's name."),
        ("theme = 'north'", "line 1: theme: it has to be one of dark, light, high-contrast, ansi, textual-dark, "),
        ('theme = "a\\u001bb"', "line 1: theme: it has to be one of dark, light, high-contrast, ansi, textual-dark, "),
        ('[profiles.p]\nview = "a\\u001bb"', "line 2: profiles.p.view: it has to be one line"),
        ("keys = 1", "line 1: keys: it has to be a table: [keys]."),
        ("[keys]\n\nrefresh = 1", "line 3: keys.refresh: it has to be a text or a list of texts"),
        ("[ladders]\na = []", "line 2: ladders.a: it has to be a text or a list of texts"),
        ("profiles.p = 1", "line 1: profiles.p: it has to be a table: [profiles.p]."),
        ("[profiles.'a b']", "line 1: profiles.a b: 'a b' cannot be a profile's name."),
        ("[profiles.p]\naccent = 'red'", "line 2: profiles.p.accent: 'red' is no accent colour. Write #rrggbb"),
        ("[profiles.q]\nview = 'x'\n[profiles.p]\nview = 1", "line 4: profiles.p.view: it has to be a text in quotes."),
        ("profiles.p = { view = 1 }", "line 1: profiles.p.view: it has to be a text in quotes."),
        ("profiles.q.view = 'x'\nprofiles.p.view = 1", "line 2: profiles.p.view: it has to be a text in quotes."),
        ("[profiles]\nq.view = 'x'\n'p'.\"view\" = 1", "line 3: profiles.p.view: it has to be a text in quotes."),
        ("[profiles]\nq = { view = 'x' }\np = { view = 1 }", "line 3: profiles.p.view: it has to be a text in quotes."),
        ("[keys]\nsort = [\n  'f5',\n]\nrefresh = 1", "line 5: keys.refresh: it has to be a text or a list of texts"),
        ('[profiles.q]\nview = """\\\nview = 1"""\n[profiles.p]\nview = 1', "line 5: profiles.p.view: "),
        ("[profiles.p]\napi_key = 'k'", "line 2: profiles.p.api_key: nothing is called so; there are site, api_url"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line_and_the_rest_counts(path: Path, text: str, sentence: str) -> None:
    settings = written(path, f"{text}\n[profiles.other]\nsite = 'datadoghq.eu'\n")

    assert len(settings.problems) == 1
    assert settings.problems[0].startswith(f"settings.toml, {sentence}")
    if not text.startswith("profiles.p = {"):
        assert settings.of("other").site == "datadoghq.eu"


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("site = 'datadog.example'", "'datadog.example' is no Datadog site."),
        ("api_url = 'http://10.0.0.1'", "would send keys in the clear."),
        ('api_key_command = "pass show \'a"', "a quote in it is not closed"),
        ("app_key_command = ''", "it has to name a program"),
        ("access_token_command = ['']", "it has to name a program"),
        ("site = 'datadoghq.eu'\napi_url = 'https://example.com'", "each say whom to ask: keep one."),
    ],
)
def test_a_profile_is_not_asked_elsewhere_because_of_what_is_broken_in_it(path: Path, entry: str, why: str) -> None:
    settings = written(path, f"[profiles.p]\n{entry}\n")

    assert why in settings.of("p").problem
    assert settings.problems == (settings.of("p").problem,)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a = 1\nb = \n", "line 2: Invalid value."),
        (b"a = 1\n\xff", "line 2: it is not UTF-8."),
        ("\ufeffa = 1", "line 1: it begins with a byte order mark"),
        ("#" * 1_000_001, "it has more than 1,000,000 bytes."),
        ("a = " + "[" * 100_000, "line 1: "),
    ],
)
def test_what_is_no_toml_says_nothing_of_any_profile(path: Path, text: str | bytes, where: str) -> None:
    settings = written(path, text)

    assert settings == Settings(unreadable=settings.unreadable)
    assert f"{path} cannot be read, {where}" in settings.unreadable
    assert settings.of("default").problem == settings.unreadable


def test_a_directory_in_its_place_is_named(path: Path) -> None:
    path.mkdir()

    assert load(path).unreadable == f"{path} could not be read: Is a directory."


def test_nothing_in_it_can_act_on_a_terminal(path: Path) -> None:
    hostile = "\\u001b]52;c;x\\u0007\\u202e"
    settings = written(
        path, f'"{hostile}" = 1\nclipboard = "{hostile}"\n[keys]\n"{hostile}" = "a"\n[profiles."{hostile}"]\n'
    )

    assert len(settings.problems) == 3
    assert all(problem.isprintable() for problem in settings.problems)
    assert all(action.isprintable() for action in settings.keys)


def test_a_table_without_end_is_cut(path: Path) -> None:
    settings = written(path, "[keys]\n" + "".join(f"a{number} = 'x'\n" for number in range(600)))

    assert len(settings.keys) == 500
    assert settings.problems == ("settings.toml, line 1: keys: of its 600 entries the first 500 count.",)


def test_many_mistakes_are_read_line_by_line_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    loads = tomllib.loads

    def counted(text: str, **others: Any) -> dict[str, Any]:
        read.append(text)
        return loads(text, **others)

    monkeypatch.setattr(tomllib, "loads", counted)

    settings = written(path, "".join(f"wrong_{number} = 1\n" for number in range(300)))

    assert settings.problems[299].startswith("settings.toml, line 300: wrong_299:")
    assert len(read) < 1_000
