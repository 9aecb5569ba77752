"""When evidence is more than one look: what a second look must add.

Pure numbers; the statistics are `statistic`'s, their rates those of `rates`.
"""

from __future__ import annotations

from typing import Final

from assets.anomalies.departures.panel import Bools, Floats

AGREE: Final = 4.5  # log-likelihood ratio: 3 standard errors


def confirmed(rate: Floats, second: Floats, asked: float | Floats) -> Bools:
    """Whether a change is confirmed: rare enough, and more than its strongest look.

    Args:
        rate: false alarms a year at which a quiet series would come that far.
        second: log-likelihood ratio of the shift without the look that says most for it.
        asked: false alarms a year that this series and direction may give.

    Returns:
        Same shape as `rate`. A single look, however wild, never confirms.
    """
    return (rate < asked) & (second >= AGREE)
