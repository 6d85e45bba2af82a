"""Define the features of the main screen, such as sorting or comparing. Each file contains one feature.

A feature is a class that is created with the session and the view. Its module is imported when its first
command runs, or when a pane first needs it. So the modules that it imports do not delay the first frame.
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
    """Return the class of a feature.

    The name of the class is derived from the module's name, for example `DrillFeature` from `drill`.
    """
    return getattr(import_module(f"{__name__}.{name}"), f"{name.capitalize()}Feature")


class Features:
    """The features of the main screen. Each feature is created when it is first used.

    The table of commands refers to a feature by its name. The attributes below are features that other code
    uses directly.
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
        """Create a feature when it is first used, and store it as an attribute."""
        if name.startswith("_"):
            raise AttributeError(name)
        made = feature_class(name)(self._session, self._view)
        setattr(self, name, made)
        return made

    def __contains__(self, name: str) -> bool:
        """Return True if the feature with this name has already been created."""
        return name in self.__dict__
