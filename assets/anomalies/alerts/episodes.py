"""Changes of one series: when each opens, and when looks confirm it. Pure.

Causal: what is said of a look depends on no later look. The evidence comes from `site_test`;
`episode_ends` decides how changes end, and `grouping` groups those of all series into alerts.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from assets.anomalies.alerts.change_episode import (
    ChangeEpisode,
    SeriesUnderTest,
    Sign,
    count_look,
    is_detectable_at,
    signed_departure,
)
from assets.anomalies.alerts.episode_ends import (
    close_episode,
    end_what_was_undone,
    is_undone,
    reversal_episode,
)

SHOWN_PART: Final = 0.5  # of a change that a look has to show to agree with it
CONFIRMED_PART: Final = 0.05  # of the rate asked for, to which the zone alone comes; chosen


def find_episodes(series: SeriesUnderTest) -> list[ChangeEpisode]:
    """Find every change of a series.

    A change opens at a look that shows it and whose evidence is rarer than the rate asked for. It
    is confirmed by two looks that nothing speaks against, where the zone alone is rarer than
    CONFIRMED_PART of that rate. After a change has ended, evidence that is left of it opens no
    other one until it has gone below the threshold once.

    Args:
        series: the looks of one series and their test.

    Returns:
        Rises and falls in the order of opening.

    Raises:
        IndexError: the test has no value at the place of a look.

    Source:
        The project's own rules: docs/methods/alerts.md, "An alert"; held by
        tests/unit/assets/anomalies/test_alerts.py.
    """
    found: list[ChangeEpisode] = []
    signs: tuple[Sign, Sign] = (1, -1)
    current: dict[Sign, ChangeEpisode | None] = dict.fromkeys(signs)
    lingers = dict.fromkeys(signs, False)
    for position in range(len(series.looks)):
        undone: list[ChangeEpisode] = []
        for sign in signs:
            episode = current[sign]
            if episode is not None:
                _update_episode(episode, series, position)
                current[sign] = None if episode.closed is not None else episode
                lingers[sign] = True
                if episode.closed is not None and is_undone(episode, series):
                    undone.append(episode)
            elif not series.in_alarm(position, sign):
                lingers[sign] = False
            elif not lingers[sign] and (opened := _open_episode(series, position, sign)):
                current[sign] = opened
                found.append(opened)
        for episode in undone:
            back = reversal_episode(episode, series)
            if current[back.sign] is None:
                current[back.sign] = back
                found.append(back)
        end_what_was_undone(current, series, position)
    return found


def _open_episode(series: SeriesUnderTest, position: int, sign: Sign) -> ChangeEpisode | None:
    """Open a change at a look; None if that look does not show it."""
    look, tested = series.looks[position], series.tested(sign)
    onset = max(position + 1 - int(tested.looks[look.place]), 0)
    episode = ChangeEpisode(sign, onset, position, peak=position, last=position)
    new = [signed_departure(series, at, episode) for at in range(onset, position + 1)]
    episode.size = max(float(np.median(new)), 0.0)
    if new[-1] < SHOWN_PART * episode.size or new[-1] <= 0:
        return None
    for at in range(onset, position):
        if new[at - onset] >= SHOWN_PART * episode.size:
            count_look(episode, series, at)
    _add_agreeing_look(episode, series, position)
    return episode


def _update_episode(episode: ChangeEpisode, series: SeriesUnderTest, position: int) -> None:
    """Take one more look into an open change."""
    gone = signed_departure(series, position, episode)
    if gone > 0 and gone >= SHOWN_PART * episode.size:
        _add_agreeing_look(episode, series, position)
        episode.missing.clear()
    elif is_detectable_at(episode, series, position) or not series.in_alarm(position, episode.sign):
        episode.missing.append(position)
    close_episode(episode, series, position)


def _add_agreeing_look(episode: ChangeEpisode, series: SeriesUnderTest, position: int) -> None:
    """Update a change by a look that shows it, and confirm it if the evidence is enough."""
    place = series.looks[position].place
    tested = series.tested(episode.sign)
    episode.last = position
    count_look(episode, series, position)
    episode.size = float(
        np.median([signed_departure(series, at, episode) for at in episode.agreeing])
    )
    if not series.in_alarm(position, episode.sign):
        return
    episode.last_alarm = position
    episode.rate = min(episode.rate, float(tested.rate[place]))
    episode.ratio = max(episode.ratio, float(tested.ratio[place]))
    if episode.confirmed is None and _is_confirmed(episode, series, place):
        episode.confirmed = position


def _is_confirmed(episode: ChangeEpisode, series: SeriesUnderTest, place: int) -> bool:
    """Whether looks that nothing speaks against agree, and far more than those that open."""
    alone = series.tested(episode.sign).alone[place]
    return len(episode.sure) > 1 and bool(alone < CONFIRMED_PART * series.asked)
