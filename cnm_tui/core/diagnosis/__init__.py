"""The findings of an answer, imported with the first rows that are diagnosed."""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.core.diagnosis.diagnosis import diagnosed as diagnosed

__getattr__ = lazy_names(__name__, {"diagnosed": "diagnosis"})
