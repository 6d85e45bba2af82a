"""Combine the rows of several profiles in one table. A profile has its own API keys and its own Datadog site.

The package is imported only when the user chooses several profiles.
"""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.core.joined.profiles import joined_source as joined_source
    from cnm_tui.core.joined.profiles import questions as questions
    from cnm_tui.core.joined.profiles import result_or_failure as result_or_failure
    from cnm_tui.core.joined.profiles import together as together
    from cnm_tui.core.joined.profiles import with_profile as with_profile
    from cnm_tui.core.joined.profiles import with_profile_first as with_profile_first
    from cnm_tui.core.joined.profiles import without_profile as without_profile
else:
    _NAMES = (
        "joined_source",
        "questions",
        "result_or_failure",
        "together",
        "with_profile",
        "with_profile_first",
        "without_profile",
    )
    __getattr__ = lazy_names(__name__, dict.fromkeys(_NAMES, "profiles"))
