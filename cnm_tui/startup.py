"""Read the settings, and find the query with which cnm-tui starts.

The query is from a saved or recommended view, or is the last query of the previous run.
"""

from cnm_tui.core.settings import NOTHING_SET, Settings
from cnm_tui.options import Question, SourceOptions
from cnm_tui.store.files import NoHome, config_directory
from cnm_tui.store.settings import load
from cnm_tui.streams import say


def read_settings() -> Settings:
    """Return the settings, and print a message about invalid entries to stderr.

    If the settings file cannot be read at all, commands that need the settings refuse to run. Other commands only
    print a message.
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
    """Return the query and arrangement with which cnm-tui starts: those of the view with this name.

    If `resume` is True, return the last query of the previous run.

    Raises:
        InvalidQuery: There is no such view, or there is no last query.
        StoreFailed: The file with views or with the last query cannot be read.
    """
    # Most runs read no file but the settings.
    from cnm_tui import state_files

    return state_files.stored_question(view, resume, options)
