"""How far the tails of a series reach: which part of the looks beyond one edge go beyond the next.

Each part is drawn to that of the series' group (the same index of a site), that to the site's, for
what hides in a look is in all its indices, and that to a tail heavier than a normal one. Centre and
spread are `habits`' matter.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from assets.anomalies.departures.panel import Bools, Floats, Ints, group_sums

EDGES: Final = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.5, 9.0, 13.0, 20.0)
"""Spreads from the centre."""
NORMAL_EDGE: Final = 1.5  # spreads up to which a normal distribution stands in
PRIOR_DOF: Final = 8.0  # of the Student tail that stands in before anything was seen
FAR_EDGE: Final = 9.0  # spreads from which on that tail falls no faster than by a power
FAR_POWER: Final = 5.0  # of u: what lies so far out is of another making than the rest
SHARE_PRIOR: Final = 40.0  # looks that the prior's part beyond the first edge counts for
OWN_PRIOR: Final = 4.0  # looks beyond an edge that the group's part counts for
GROUP_PRIOR: Final = 8.0  # looks beyond an edge that the site's part counts for
SITE_PRIOR: Final = 2.0  # looks beyond an edge that the prior's part counts for
LAST_POWER: Final = 2.0  # of u by which a tail falls beyond the last edge
OPEN_PART: Final = 0.5  # of a normal tail's looks, with which a side is as open as any


def prior_parts() -> Floats:
    """Part of the looks beyond each edge, of those beyond the edge before; of all for the first."""
    edges = np.array(EDGES)
    beyond = special.stdtr(PRIOR_DOF, -edges * np.sqrt(PRIOR_DOF / (PRIOR_DOF - 2)))
    beyond = np.where(edges <= NORMAL_EDGE, special.ndtr(-edges), beyond)
    far = edges > FAR_EDGE
    beyond[far] = beyond[EDGES.index(FAR_EDGE)] * (FAR_EDGE / edges[far]) ** FAR_POWER
    return np.asarray(np.concatenate((beyond[:1], beyond[1:] / beyond[:-1])))


def beyond_edges(u: Floats) -> Bools:
    """Beyond which edges each look lies, shape (series, side, edge); rises first."""
    edges = np.array(EDGES)
    return np.stack((u[:, None] > edges, u[:, None] < -edges), axis=1)


def survival(counts: Floats, looks: Floats, groups: Ints, sites: Ints) -> Floats:
    """Chance of a look beyond each edge.

    Args:
        counts: looks of the past beyond each edge, shape (series, side, edge).
        looks: looks of the past, shape (series,).
        groups: where each group of series begins, ascending, first 0.
        sites: the same of each site.

    Returns:
        Shape (series, side, edge).
    """
    before = np.concatenate(
        (np.broadcast_to(looks[:, None, None], (*counts.shape[:2], 1)), counts[:, :, :-1]), axis=2
    )
    parts = np.broadcast_to(prior_parts(), counts.shape)
    for begins, weight in ((sites, SITE_PRIOR), (groups, GROUP_PRIOR)):
        beyond, all_looks = group_sums(counts, begins), group_sums(before, begins)
        parts = _drawn(beyond, all_looks, parts, weight)
    return np.asarray(np.cumprod(_drawn(counts, before, parts, OWN_PRIOR), axis=2))


def _drawn(counts: Floats, before: Floats, parts: Floats, weight: float) -> Floats:
    """Part of looks that go beyond each edge, drawn to some parts by so many looks."""
    weights = np.full(len(EDGES), weight)
    weights[0] = SHARE_PRIOR
    return np.asarray((counts + weights * parts) / (before + weights))


def reach(beyond: Floats) -> Floats:
    """How far each side of a series is open to false alarms at all, 0..1, shape (series, side).

    An area that is 0 on most looks cannot fall: nothing is risked on that side, and the others may
    have its share of the site's rate.

    Args:
        beyond: of `survival`.
    """
    usual = OPEN_PART * special.ndtr(-NORMAL_EDGE)
    return np.asarray(np.minimum(beyond[:, :, EDGES.index(NORMAL_EDGE)] / usual, 1.0))


def tail_survival(beyond: Floats, u: Floats, side: Ints) -> Floats:
    """Chance of a look at least as far out, between the edges by a line in its logarithm.

    Args:
        beyond: of `survival`.
        u: spreads from the centre, shape (series,), at least 0.
        side: 0 for rises, 1 for falls, same shape.
    """
    edges = np.array(EDGES)
    rows = np.arange(len(u))
    at = np.clip(np.searchsorted(edges, u, side="right") - 1, 0, len(edges) - 2)
    low, high = np.log(beyond[rows, side, at]), np.log(beyond[rows, side, at + 1])
    part = (u - edges[at]) / (edges[at + 1] - edges[at])
    inside = low + np.minimum(part, 1.0) * (high - low)
    return np.asarray(np.exp(inside - LAST_POWER * np.log(np.maximum(u / edges[-1], 1.0))))
