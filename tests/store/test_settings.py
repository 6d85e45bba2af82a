"""settings.toml: what it says, and what is said of what makes no sense in it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.settings import Profile, Settings
from cnm_tui.store.settings import LARGEST_BYTES, SettingsFile

WHOLE = """
profile = "prod-eu"
clipboard = "osc52"
theme = "light"
ascii = true

[profiles.prod-eu]
site = "datadoghq.eu"
api_key_command = "pass show 'datadog/api key'"
app_key_command = ["op", "read", "op://prod/datadog/app"]
view = "Retransmits"
accent = "#FF8787"

[profiles.lab]
api_url = "http://127.0.0.1:8080"
access_token_command = "vault read -field=token secret/dd"

[ladders]
client_service = ["client_kube_deployment", "client_kube_namespace"]
client_team = "client_service"

[keys]
pick_group_bys = "b,f2"
"""


def loaded(tmp_path: Path, text: str | bytes) -> tuple[Settings, list[str]]:
    """The settings, and what was said of the file without its name."""
    path = tmp_path / "settings.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    found = SettingsFile(path).load()
    assert all(sentence.startswith(f"{path}, ") for sentence in found.broken)
    return found.settings, [sentence.removeprefix(f"{path}, ") for sentence in found.broken]


def test_without_a_file_all_is_as_usual(tmp_path: Path) -> None:
    assert SettingsFile(tmp_path / "settings.toml").load() == (Settings(), ())


def test_everything_that_can_be_set_is_read(tmp_path: Path) -> None:
    found, broken = loaded(tmp_path, WHOLE)

    assert broken == []
    assert found == Settings(
        profile="prod-eu",
        profiles={
            "prod-eu": Profile(
                site="datadoghq.eu",
                api_key_command=("pass", "show", "datadog/api key"),
                app_key_command=("op", "read", "op://prod/datadog/app"),
                view="Retransmits",
                accent="#ff8787",
            ),
            "lab": Profile(
                api_url="http://127.0.0.1:8080",
                access_token_command=("vault", "read", "-field=token", "secret/dd"),
            ),
        },
        clipboard="osc52",
        theme="light",
        ascii=True,
        ladders={
            "client_service": ("client_kube_deployment", "client_kube_namespace"),
            "client_team": ("client_service",),
        },
        keys={"pick_group_bys": "b,f2"},
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clipbord = 'off'", "line 1: clipbord: there is no such setting; there are profile, clipboard, theme, "),
        ("\nclipboard = 'x'", "line 2: clipboard: write one of auto, osc52, native, off."),
        ("clipboard = ['auto']", "line 1: clipboard: write one of auto, osc52, native, off."),
        ("ascii = 1", "line 1: ascii: write true or false."),
        ("theme = 1", 'line 1: theme: write a text, in "quotes".'),
        ("ladders = 1", "line 1: ladders: it is a table: write [ladders]."),
        ("[profiles]\nlab = 1", "line 2: profiles.lab: it is a table: write [profiles.lab]."),
        ("[profiles.lab]\n\naccent = 'red'", 'line 3: profiles.lab.accent: write a colour as "#rrggbb".'),
        ("[profiles.lab]\nsit = 'x'", "line 2: profiles.lab.sit: there is no such setting; there are site, api_url, "),
        ("[ladders]\nx = []", "line 2: ladders.x: write a field or a list of them, "),
        ("[ladders]\nx = [1]", "line 2: ladders.x: write a text, or a list of texts: "),
        ("[keys]\nquit = ['q']", 'line 2: keys.quit: write a text, in "quotes".'),
    ],
)
def test_what_makes_no_sense_is_named_with_its_line_and_the_rest_counts(tmp_path: Path, text: str, said: str) -> None:
    found, broken = loaded(tmp_path, f"{text}\n[profiles.good]\nsite = 'datadoghq.eu'\n")

    assert [sentence[: len(said)] for sentence in broken] == [said]
    assert found.profiles["good"] == Profile(site="datadoghq.eu")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("site = 'datadog.eu'", "'datadog.eu' is no Datadog site."),
        ("api_url = 'http://example.com'", "https"),
        ('api_key_command = "pass \'show"', "it cannot be taken apart: No closing quotation."),
        ("app_key_command = ''", "write a program and its arguments"),
        ("access_token_command = ['']", "write a program and its arguments"),
        ("api_key_command = 1", "a list of texts"),
    ],
)
def test_a_profile_that_would_ask_others_or_with_other_keys_is_not_used(tmp_path: Path, line: str, said: str) -> None:
    found, broken = loaded(tmp_path, f"[profiles.prod]\nview = 'x'\n{line}\n")

    (sentence,) = broken
    assert said in sentence
    key = line.partition(" ")[0]
    assert found.profiles["prod"].problem.endswith(
        f"line 3: {key} of the profile prod is wrong, so nobody is asked by it."
    )


def test_a_profile_asks_one_place(tmp_path: Path) -> None:
    found, broken = loaded(tmp_path, "[profiles.x]\nsite = 'datadoghq.eu'\napi_url = 'https://proxy.example'\n")

    assert broken == ["line 3: profiles.x.api_url: site and api_url each say whom to ask; write one of them."]
    assert found.profiles["x"].problem


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = ", ": line 1: Invalid value"),
        (b"ok = 1\nb = \xff", ": line 2: it is not UTF-8."),
        (b"#" * (LARGEST_BYTES + 1), ": it has more than 1,000,000 bytes."),
        (b"a = " + b"[" * 100_000, ": line 1: "),
    ],
    ids=["no TOML", "no text", "too large", "too deep"],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)

    with pytest.raises(StoreFailed) as raised:
        SettingsFile(path).load()

    assert str(raised.value).startswith(f"{path}{said}")
    assert path.read_bytes() == content


def test_a_byte_order_mark_is_overlooked(tmp_path: Path) -> None:
    assert loaded(tmp_path, b"\xef\xbb\xbfascii = true")[0].ascii


def test_control_characters_of_the_file_are_shown_as_signs(tmp_path: Path) -> None:
    found, broken = loaded(tmp_path, '"\\u001b]52;c;x\\u0007" = 1\ntheme = "\\u009b31m"\n')

    assert all(sentence.isprintable() for sentence in broken)
    assert found.theme.isprintable()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(st.text() | st.sampled_from(WHOLE.splitlines()).flatmap(lambda line: st.just(f"{line}\n{line}")))
def test_no_file_is_worse_than_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))

    try:
        said = list(SettingsFile(path).load().broken)
    except StoreFailed as problem:
        said = [problem.sentence]

    assert all(sentence.isprintable() for sentence in said)
