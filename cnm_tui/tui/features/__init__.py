"""Features: one capability of the screen per file, as a plain class made with the session and the view.

A feature is imported when its first command runs, or when a pane first needs it, as its module imports dialogs and
rules that the first frame does not need. So its own imports are at the top of its file.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

if TYPE_CHECKING:
    from cnm_tui.tui.features.charts import ChartsFeature
    from cnm_tui.tui.features.collecting import CollectingFeature
    from cnm_tui.tui.features.copying import CopyingFeature
    from cnm_tui.tui.features.drill import DrillFeature
    from cnm_tui.tui.features.facets import FacetsFeature
    from cnm_tui.tui.features.fields import FieldsFeature
    from cnm_tui.tui.features.filtering import FilteringFeature
    from cnm_tui.tui.features.graph import GraphFeature
    from cnm_tui.tui.features.hints import HintsFeature
    from cnm_tui.tui.features.navigation import NavigationFeature
    from cnm_tui.tui.features.profiles import ProfilesFeature
    from cnm_tui.tui.features.programs import ProgramsFeature
    from cnm_tui.tui.features.query import QueryFeature
    from cnm_tui.tui.features.reverse import ReverseFeature
    from cnm_tui.tui.features.searches import SearchesFeature
    from cnm_tui.tui.features.sorting import SortingFeature
    from cnm_tui.tui.features.timeline import TimelineFeature
    from cnm_tui.tui.features.tour import TourFeature
    from cnm_tui.tui.features.views import ViewsFeature
    from cnm_tui.tui.features.watch import WatchFeature

MADE_EARLY: tuple[str, ...] = ("searches",)
"""Features made before there is a source, to receive its answers; they delay the first rows, so import little."""


def feature_class(name: str) -> Any:
    """Return the class of a feature by its module's name: `DrillFeature` of `drill`."""
    return getattr(import_module(f"{__name__}.{name}"), f"{name.capitalize()}Feature")


class Features:
    """The features of a screen, each made on first use.

    The table of commands names them; the attributes below are those that app or screen use in code.
    """

    charts: "ChartsFeature"
    collecting: "CollectingFeature"
    copying: "CopyingFeature"
    drill: "DrillFeature"
    facets: "FacetsFeature"
    fields: "FieldsFeature"
    filtering: "FilteringFeature"
    graph: "GraphFeature"
    hints: "HintsFeature"
    navigation: "NavigationFeature"
    profiles: "ProfilesFeature"
    programs: "ProgramsFeature"
    query: "QueryFeature"
    reverse: "ReverseFeature"
    searches: "SearchesFeature"
    sorting: "SortingFeature"
    timeline: "TimelineFeature"
    tour: "TourFeature"
    views: "ViewsFeature"
    watch: "WatchFeature"

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    def __getattr__(self, name: str) -> object:
        """Make a feature on first use; later it is a usual attribute."""
        if name.startswith("_"):
            raise AttributeError(name)
        made = feature_class(name)(self._session, self._view)
        setattr(self, name, made)
        return made

    def __contains__(self, name: str) -> bool:
        """Return True if the feature was made already."""
        return name in self.__dict__
