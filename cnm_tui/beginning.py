"""What a run begins with: the settings, and the question of a view or of the last run."""

from cnm_tui.core.settings import NOTHING_SET, Settings
from cnm_tui.options import Place, Question
from cnm_tui.store.files import NoHome, config_directory
from cnm_tui.store.settings import load
from cnm_tui.streams import say


def read_settings() -> Settings:
    """Return what is set; entries that cannot be read are named on stderr.

    Whoever goes on without a file that cannot be read at all says so; the others refuse to, with the same words.
    """
    try:
        found = load(config_directory() / "settings.toml")
    except NoHome:
        # Whoever needs a place to remember something in says so.
        return NOTHING_SET
    for sentence in found.problems:
        say(f"cnm-tui: {sentence}")
    return found


def first_question(view: str | None, resume: bool, place: Place) -> Question:
    """Return the question of the view of this name, or with `resume` the one that was left last.

    Raises:
        InvalidQuery: There is no such view, or nothing to resume.
        StoreFailed: It cannot be read.
    """
    # Most runs read no files but the settings.
    from cnm_tui import state_files

    return state_files.beginning(view, resume, place)
