"""Test that the README and the pages of the documentation agree with the code of cnm-tui."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cnm_tui import __version__, cli
from cnm_tui.cli import explore
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.endpoints.dns import rules as dns_rules
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.navigation.drill_paths import DrillContext, step_down
from cnm_tui.core.settings import Profile, Settings, checked_accent
from cnm_tui.store.settings import load
from cnm_tui.tui.terminal.keys import import_dialogs, keys_in_force, row_command_keys
from screenshots.findings import BEGIN, DNS_BEGIN, DNS_END, DNS_PAGE, END, FINDINGS_PAGE, findings_table
from screenshots.keys import KEYS_PAGE, key_table, with_table
from screenshots.take import FOLDER, PICTURES

REPOSITORY = Path(__file__).parents[1]
DOCS = REPOSITORY / ".github/docs"
PAGES = [REPOSITORY / "README.md", *sorted(DOCS.glob("*.md")), *sorted((REPOSITORY / ".github").glob("*.md"))]
TEXTS = {path: path.read_text(encoding="utf-8") for path in PAGES}
ALL_TEXT = "\n".join(TEXTS.values())
HOW_TO_USE = "\n".join(text for path, text in TEXTS.items() if path.parent == DOCS or path.name == "README.md")
OF_OTHER_PROGRAMS = {
    *("--cert", "--find-links", "--no-build-isolation", "--no-deps", "--no-index", "--quiet", "--require-hashes"),
    *("--user",),
    *("--from", "--native-tls", "--python", "--wheel-dir"),
}
"""Options of pip, uv and systemctl."""
FILTERS = re.findall(
    r"^\| `(.+?)` \|", ALL_TEXT.partition("<!-- filters -->")[2].partition("<!-- end")[0], re.MULTILINE
)


def test_the_table_of_keys_is_made_from_the_table_of_commands() -> None:
    text = TEXTS[KEYS_PAGE]

    assert with_table(text, key_table()) == text, "run `python -m screenshots.keys`"
    assert "| `e` | Edit the search | `edit_search` |" in text


def test_the_table_of_findings_is_made_from_the_table_of_rules() -> None:
    text = TEXTS[FINDINGS_PAGE]

    assert with_table(text, findings_table(), BEGIN, END) == text, "run `python -m screenshots.findings`"
    assert "### `receiver_stalled`: the receiver does not read" in text


def test_the_table_of_findings_of_dns_is_made_from_its_rules() -> None:
    text = DNS_PAGE.read_text(encoding="utf-8")

    made = with_table(text, findings_table(dns_rules.RULES), DNS_BEGIN, DNS_END)
    assert made == text, "run `python -m screenshots.findings`"


def test_the_page_about_dns_tells_its_fields_and_columns() -> None:
    text = DNS_PAGE.read_text(encoding="utf-8")

    for field in ("network.dns_query", "server_dns_server", "server_ungrouped"):
        assert field in DNS.fields
        assert f"`{field}`" in text
    for heading in re.findall(r"`([A-Z][A-Z% ]+)`", text.partition("| column | is |")[2].partition("\n\n")[0]):
        assert heading in {metric.label for metric in DNS.metrics.values()}, heading
    assert {rule.code for rule in dns_rules.RULES} >= {"timeouts", "servfail", "nxdomain", "slow"}


def test_each_picture_is_there_and_each_that_is_there_is_shown() -> None:
    shown = set(re.findall(r"screenshots/([\w-]+)\.svg\)", ALL_TEXT))

    assert shown == {path.stem for path in FOLDER.glob("*.svg")} == {picture.name for picture in PICTURES}


def test_the_settings_shown_are_all_there_are_and_can_be_read(tmp_path: Path) -> None:
    settings = shown_settings(tmp_path)

    profiles = settings.profiles.values()
    assert settings.sentences == ()
    assert set(re.findall(r"^(\w+) =", example().partition("[")[0], re.MULTILINE)) | {
        "profiles",
        "ladders",
        "keys",
        "commands",
        "checks",
        "links",
    } == {*Settings._fields} - {"problems", "unreadable"}
    assert {name for profile in profiles for name, said in profile._asdict().items() if said} == {*Profile._fields} - {
        "problem"
    }


def test_the_keys_the_ladders_and_the_colours_shown_are_in_force(tmp_path: Path) -> None:
    import_dialogs()
    settings = shown_settings(tmp_path)

    found = keys_in_force(settings.keys, row_command_keys(settings))
    step = step_down(
        ("client_service", "server_service"), "client_service", DrillContext(CONNECTIONS, ladders=settings.ladders)
    )

    assert (found.problem, set(found.keys)) == ("", {*settings.keys, "commands.trace"})
    assert step.next_fields[0] == f"client_{settings.ladders['service'][0]}"
    for profile in settings.profiles.values():
        assert checked_accent(profile.accent) == profile.accent


@pytest.mark.parametrize("text", FILTERS)
def test_the_filters_shown_can_be_read(text: str) -> None:
    assert parsed_filter(text, CONNECTIONS).text == text


def test_filters_are_shown() -> None:
    assert {"client_service=web", "rtt=1ms..<10ms", "Δrtt>20%"} <= set(FILTERS)


def test_the_options_named_are_there() -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", HOW_TO_USE)) - OF_OTHER_PROGRAMS

    assert named <= set(options_of(explore))


def test_every_exit_code_is_told() -> None:
    table = TEXTS[DOCS / "headless.md"].partition("| exit code |")[2].partition("\n\n")[0]

    told = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}

    assert told == {0} | {code for name, code in vars(cli).items() if name.startswith("EXIT_")}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", TEXTS[page]):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(TEXTS[target]), link


def test_the_readme_can_be_read_in_one_sitting() -> None:
    assert len(TEXTS[REPOSITORY / "README.md"].splitlines()) <= 180


def anchors_of(page: str) -> set[str]:
    """Return the link anchors of all headings of a Markdown page."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_the_changes_begin_with_this_version() -> None:
    assert TEXTS[REPOSITORY / ".github/CHANGELOG.md"].startswith(f"# Changes\n\n- {__version__}:")


def test_the_map_of_the_code_names_what_is_there() -> None:
    package = REPOSITORY / "cnm_tui"
    there = {path.name for path in package.rglob("*.py")}
    at_the_door = {path.name for path in package.iterdir() if path.suffix == ".py" and not path.name.startswith("_")}
    folders = {f"{path.name}/" for path in package.iterdir() if (path / "__init__.py").exists()}

    written = TEXTS[DOCS / "architecture.md"]

    named = set(re.findall(r"`(?:[\w]+/)*(\w+(?:\.py|/))`", written))
    assert (at_the_door | folders) <= named <= (there | folders)


def test_the_map_of_the_code_tells_what_each_room_imports() -> None:
    table = TEXTS[DOCS / "architecture.md"].partition("| room | holds | may import |")[2].partition("\n\n")[0]

    above: set[str] = set()
    for names, told in re.findall(r"^\| (`.+?) \| .+ \| (.+?) \|$", table, re.MULTILINE):
        own = set(re.findall(r"(\w+)(?:\.py|/)?`", names))
        others = above if told == "those above" else above & set(re.findall(r"\w+", told))
        assert {imported for room in own for imported in imported_by(room)} <= own | others, names
        above |= own
    assert above >= {"core", "ending", "tui", "cli"}


def test_the_map_of_the_code_tells_every_feature() -> None:
    table = TEXTS[DOCS / "architecture.md"].partition("| feature | does |")[2].partition("\n\n")[0]

    told = re.findall(r"^\| `(\w+)\.py` \|", table, re.MULTILINE)

    there = (REPOSITORY / "cnm_tui" / "tui" / "features").glob("[!_]*.py")
    assert sorted(told) == sorted(path.stem for path in there)


def example() -> str:
    """Return the example of settings.toml that the documentation contains."""
    found = re.search(r"^```toml\n(.*?)^```$", TEXTS[DOCS / "settings.md"], re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def shown_settings(folder: Path) -> Settings:
    """Return the settings that cnm-tui reads from the example in the documentation."""
    path = folder / "settings.toml"
    path.write_text(example(), encoding="utf-8")
    return load(path)


def options_of(command: click.Command) -> Iterator[str]:
    """Yield all options of a command and of its subcommands."""
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            if (other := command.get_command(context, name)) is not None:
                yield from options_of(other)
    yield "--help"


def imported_by(room: str) -> Iterator[str]:
    """Yield the names of the subpackages of cnm-tui that a subpackage imports, including itself."""
    package = REPOSITORY / "cnm_tui"
    rooms = {path.stem for path in package.iterdir()}
    for path in (package / room).rglob("*.py") if (package / room).is_dir() else [package / f"{room}.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                names = [f"{node.module}.{alias.name}".split(".") for alias in node.names]
                yield from (name for top, name, *_ in names if top == "cnm_tui" and name in rooms)
