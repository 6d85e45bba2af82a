"""Define the dialogs. The module of each dialog is imported when the dialog first opens."""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.tui.dialogs.help import HelpScreen as HelpScreen
    from cnm_tui.tui.dialogs.palette import Palette as Palette
    from cnm_tui.tui.dialogs.profile_picker import ProfilePicker as ProfilePicker
    from cnm_tui.tui.dialogs.search_picker import SearchPicker as SearchPicker
    from cnm_tui.tui.dialogs.sign_in import SignInScreen as SignInScreen
    from cnm_tui.tui.dialogs.too_small import TooSmallScreen as TooSmallScreen
    from cnm_tui.tui.dialogs.view_picker import ViewPicker as ViewPicker
    from cnm_tui.tui.dialogs.welcome import WelcomeScreen as WelcomeScreen
else:
    __getattr__ = lazy_names(
        __name__,
        {
            "HelpScreen": "help",
            "Palette": "palette",
            "ProfilePicker": "profile_picker",
            "SearchPicker": "search_picker",
            "SignInScreen": "sign_in",
            "TooSmallScreen": "too_small",
            "ViewPicker": "view_picker",
            "WelcomeScreen": "welcome",
        },
    )
