"""Read the settings, and find the query that a run starts with.

The query is from a saved or recommended view, or is the last query of the previous run.
"""

from cnm_tui.core.settings import NOTHING_SET, Settings
from cnm_tui.options import Question, SourceOptions
from cnm_tui.store.files import NoHome, config_directory
from cnm_tui.store.settings import load
from cnm_tui.streams import say


def read_settings() -> Settings:
    """Return the settings, and report invalid entries on stderr.

    If the file cannot be read at all, commands that need it refuse to run, and other commands only report the
    problem.
    """
    try:
        found = load(config_directory() / "settings.toml")
    except NoHome:
        # Commands that need a home directory report it themselves.
        return NOTHING_SET
    for sentence in found.problems:
        say(f"cnm-tui: {sentence}")
    return found


def first_question(view: str | None, resume: bool, options: SourceOptions) -> Question:
    """Return the query and arrangement of the view with this name.

    If `resume` is True, return the last query of the previous run.

    Raises:
        InvalidQuery: There is no such view, or there is no last query.
        StoreFailed: The file cannot be read.
    """
    # Most runs read no file but the settings.
    from cnm_tui import state_files

    return state_files.stored_question(view, resume, options)
