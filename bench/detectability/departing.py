"""When a look at a zone counts as departed: by any of its indices, at the usual false alarms."""

from __future__ import annotations

from collections.abc import Iterable

from assets.activity.indices.indices import INDICES
from assets.detectability.false_alarms import threshold_z
from assets.detectability.site import SiteHistory
from assets.detectability.trials import MeasuredIndex
from resources.models import FALSE_ALARMS_PER_YEAR


def threshold_of(history: SiteHistory) -> float:
    """Departure of an index that counts, standard errors: the rate is that of one zone."""
    return threshold_z(
        FALSE_ALARMS_PER_YEAR, series=len(INDICES), looks_per_year=history.looks_per_year()
    )


def departs(measured: Iterable[MeasuredIndex], threshold: float) -> bool:
    """Whether any index is beyond its threshold."""
    return any(one.z is not None and abs(one.z) > threshold for one in measured)
