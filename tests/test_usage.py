"""Test the help of the command line and its error messages."""

import pytest

from cnm_tui.core.text import unseen
from tests.program import run

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ((), "Show which connections are slow, refused or lost"),
        (("--help-all",), "Refresh interval."),
        (("query",), "Rows go to stdout, everything else to stderr."),
        (("demo",), "Any keys are good"),
        (("doctor",), "works without keys as far as it can."),
        (("auth",), "Store, test and remove keys."),
        (("config", "init"), "never over an existing file"),
        (("completion",), "Print the completion script"),
        (("auth", "login"), "they are typed without echo"),
        (("auth", "status"), "never the key"),
        (("auth", "logout"), "what is left that only you can remove"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_help_says_the_same_where_python_is_told_to_leave_out_docstrings(
    command: tuple[str, ...], sentence: str
) -> None:
    done = run(*command, "--help", environ={"PYTHONOPTIMIZE": "2"})

    assert sentence in " ".join(done.stdout.split())
    assert done.returncode == 0


@pytest.mark.parametrize("instruction", ["tcsh_source", "bash_sauce", "x\x1b[2J", "bash_complete"])
def test_completion_that_there_is_not_is_said_to_be_none(instruction: str) -> None:
    done = run(environ={"_CNM_TUI_COMPLETE": instruction})

    assert (done.returncode, done.stdout) == (2, "")
    assert "Write bash_source, zsh_source or fish_source." in done.stderr
    assert unseen(done.stderr.rstrip("\n")) == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_of_these_shells_is_there(shell: str) -> None:
    done = run(environ={"_CNM_TUI_COMPLETE": f"{shell}_source"})

    assert "_CNM_TUI_COMPLETE" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_gives_words(shell: str) -> None:
    incomplete = "1" if shell != "fish" else "que"
    asked = {"_CNM_TUI_COMPLETE": f"{shell}_complete", "COMP_WORDS": "cnm-tui que", "COMP_CWORD": incomplete}

    assert "query" in run(environ=asked).stdout


HOSTILE = "a\x1b[2J\u202eb\u200bc\r"


@pytest.mark.parametrize(
    "arguments",
    [
        (HOSTILE,),
        (f"--{HOSTILE}",),
        ("--theme", HOSTILE),
        ("query", HOSTILE),
        ("query", "-f", HOSTILE),
        ("query", "-n", HOSTILE),
        ("query", "-o", f"/{HOSTILE}/x"),
        ("query", "--sort", HOSTILE),
        ("query", "--profile", HOSTILE),
        ("query", "--ca-bundle", f"/{HOSTILE}"),
        ("auth", "logout", "--no-keyring", "--profile", HOSTILE),
        ("demo", "--port", HOSTILE),
    ],
    ids=repr,
)
def test_nothing_that_acts_or_hides_in_an_argument_is_said_as_it_is(arguments: tuple[str, ...]) -> None:
    done = run(*arguments, environ={})

    assert done.returncode
    assert [line for line in done.stderr.split("\n") if unseen(line)] == []
    assert done.stdout == ""
