"""What is believed of any series of counts before its own looks are seen.

Numbers only, each with its unit and origin; the model is in `regression`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CountPrior:
    """Beliefs about a series of counts.

    Chosen by the likelihood of quiet looks that the fit had not seen, over 15 airports
    (docs/methods/alerts.md). Where that tells little apart, two were decided by what alarms do: the
    lag by false ones, the freedom of jumps by how long a lasting change stays one.
    """

    lag_days: float = 30.0
    """A look is judged by looks at least this much older, so that a change does not teach."""
    window_days: float = 1461.0
    """Older looks are left out, so that the cost of a look does not grow with history."""
    knot_days: float = 60.0
    """Time between the knots of the level."""
    drift: float = 0.0015
    """Variance of the logarithm of the level gained in a year."""
    trend_sd: float = 0.03
    """Standard deviation of the logarithm's trend, a year."""
    jump_freedom: float = 3.0
    """Degrees of freedom of the level's steps: few let a lasting shift become the new normal."""
    season_sd: tuple[float, float, float, float] = (0.25, 0.14, 0.08, 0.06)
    """Standard deviation of the logarithm's waves: of the year, highest or lowest at its turn and a
    quarter later, and of the half-year likewise. Midsummer and midwinter are mostly the ends."""
    weekday_sd: float = 0.03
    """Standard deviation of the logarithm of a day of the week."""
    share: float = 0.12
    """Power of the share of cells seen that a count goes with: clouds hide beyond their mask."""
    share_sd: float = 0.07
    """Standard deviation of that power between series."""
    cell_looks: float = 4.0
    """Looks' worth of belief that a cell has the mean rate of all cells."""
    dispersion: float = 0.0
    """Typical variance of a look beyond its mean, relative to its square; below 0: more even."""
    dispersion_spread: float = 1.5
    """Standard deviation between series of arcsinh(100 dispersion): like a logarithm, both ways.

    Airports alone would have it 1.0; wider, so that places more uneven than any airport are seen to
    be so, and their rate of false alarms holds."""
    outliers: float = 0.01
    """Share of looks that say nothing about the level: bad passes, festivals, haze."""
