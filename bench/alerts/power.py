"""Power of the test of departures: what share of planted changes is found, and how soon.

Step, ramp, spike and slow drift of many sizes in one series of a quiet site, beside the bound
that no test can beat for a step whose size and day are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
from scipy import special

from assets.anomalies.departures.confirmation import confirmed
from assets.anomalies.departures.panel import Floats, Panel
from assets.anomalies.departures.scanning import Scans, scan_departures
from assets.anomalies.departures.statistic import WINDOW
from assets.constants import YEAR_DAYS
from bench.alerts.quiet_sites import INDICES, KINDS, ZONES, make_sites, site_panel
from bench.tables import table

Shape = Literal["step", "ramp", "spike", "drift"]
SHAPES: Final[tuple[Shape, ...]] = ("step", "ramp", "spike", "drift")
SIZES: Final = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
ASKED: Final = 0.5  # false alarms a year of the site
SERIES: Final = ZONES * INDICES  # of the site
SHARE: Final = ASKED / (2 * SERIES)  # of one series in one direction
WITHIN_DAYS: Final = 60.0
SERIES_DRAWN: Final = 1500
BEFORE, AFTER = 219, 40  # looks of quiet history, three years, and after the change began
GAPS: Final = (5.0, 5.0, 5.0, 5.0, 10.0, 15.0)  # days between looks
RAMP_DAYS: Final = 30.0
DRIFT_DAYS: Final = 365.0
SEED: Final = 20261124
LONE_SIZE: Final = 8.0  # standard deviations of a single wild look
LONE_YEARS: Final = 5.0
LONE_AFTER: Final = 20  # looks from it to the end
LONE_RATE: Final = 0.05  # false alarms a year and series under which a look opens
COLOURS: Final = {"step": "#0072B2", "ramp": "#D55E00", "spike": "#009E73", "drift": "#CC79A7"}
MARKERS: Final = {"step": "o", "ramp": "s", "spike": "^", "drift": "D"}


@dataclass(frozen=True, slots=True)
class Power:
    """What became of planted changes of one shape and size.

    Attributes:
        shape: of the change.
        size: at its highest, in standard deviations of one look.
        found: share found within WITHIN_DAYS.
        confirmed: share found and agreed on by more than the strongest look within them.
        delay: median days to the first alarm within AFTER looks; infinite if half are not found.
        bound: share found, for a step the most that any test of this false-alarm rate could.
    """

    shape: Shape
    size: float
    found: float
    confirmed: float
    delay: float
    bound: float


def measure(shape: Shape, size: float, series: int = SERIES_DRAWN) -> Power:
    """Plant changes of one shape and size in quiet near-normal series and look for them.

    Args:
        shape: of the change.
        size: at its highest, in standard deviations of one look.
        series: how many.
    """
    days, z = _quiet(series)
    since = days - days[:, [BEFORE]]
    planted = _panel(days, z + size * _grown(shape, since))
    return _power(shape, size, scan_departures(planted, SHARE), since)


def clairvoyant(size: float, looks: Floats, looks_a_year: float) -> Floats:
    """Chance that a likelihood-ratio test that knows size and day finds a step so many looks on.

    Args:
        size: of the step, in standard deviations.
        looks: since it began, any shape.
        looks_a_year: how many there are.

    Returns:
        Power of the most powerful test on those looks (Neyman & Pearson 1933) whose chance of a
        false alarm per look is that of SHARE a year, same shape.
    """
    alpha = SHARE / looks_a_year
    return np.asarray(special.ndtr(size * np.sqrt(looks) + special.ndtri(alpha)))


def least_delay(size: float, looks_a_year: float) -> float:
    """Looks that any test needs in the mean to find a step, as false alarms become rare.

    Source:
        Lorden 1971, doi:10.1214/aoms/1177693055; Moustakides 1986, doi:10.1214/aos/1176350164:
        log(looks between false alarms) / (size^2 / 2), at least the first look itself.
    """
    return max(float(np.log(looks_a_year / SHARE) / (size**2 / 2)), 1.0)


def least_days(size: float) -> float:
    """The same in days after the first look of the change, as delays are told here: 0 for it."""
    return (least_delay(size, looks_a_year()) - 1) * YEAR_DAYS / looks_a_year()


def power_table(
    plot: Path | None = None, sizes: Sequence[float] = SIZES, series: int = SERIES_DRAWN
) -> tuple[str, list[Power]]:
    """Share found within 60 days and median delay by size and shape, as a table, with the figures.

    Args:
        plot: where to draw the curves, an SVG; None for nowhere.
        sizes: in standard deviations of one look.
        series: of each size and shape.
    """
    found = [measure(shape, size, series) for shape in SHAPES for size in sizes]
    head = ["size in sigma"]
    head += [f"{shape}: found (confirmed), days" for shape in SHAPES]
    head += ["bound: found", "bound: days"]
    rows = []
    for size in sizes:
        here = {one.shape: one for one in found if one.size == size}
        cells = [_cell(here[shape]) for shape in SHAPES]
        bound = here["step"].bound
        rows.append([f"{size:g}", *cells, f"{bound:.0%}", f"{least_days(size):.0f}"])
    if plot is not None:
        draw(found, plot)
    return table(head, rows), found


def lone_looks(kind: str, sites: int = 40) -> tuple[float, float]:
    """What single wild looks in quiet series still lack of being confirmed.

    Args:
        kind: of series, a key of `quiet_sites.KINDS`.
        sites: how many.

    Returns:
        Share of the looks, LONE_SIZE standard deviations high, that open at all; and of those the
        0.95 quantile of the log-likelihood ratio that the rest of the looks comes to while in
        alarm: what `confirmation.AGREE` has to exceed.
    """
    made = make_sites(kind, sites, LONE_YEARS, SEED)
    z = made.z.copy()
    at = z.shape[1] - LONE_AFTER
    z[:, at] += LONE_SIZE * z.std(axis=1)
    scans = scan_departures(replace(made.panel, z=z, value=z), 0.0)
    window = slice(at, at + WINDOW)
    alarm = scans.rise_rate[:, window] < LONE_RATE
    rest = np.where(alarm, scans.rise_second[:, window], 0.0).max(axis=1)
    opened = alarm.any(axis=1)
    return float(opened.mean()), float(np.quantile(rest[opened], 0.95))


def lone_looks_table(kinds: Sequence[str] = tuple(KINDS)) -> str:
    """`lone_looks` of each kind of series, as a table in Markdown."""
    head = ["quiet series", "lone looks that open", "0.95 quantile of the rest"]
    rows: list[list[object]] = []
    for kind in kinds:
        opened, rest = lone_looks(kind)
        rows.append([kind, f"{opened:.0%}", f"{rest:.1f}"])
    return table(head, rows)


def looks_a_year() -> float:
    """Of the series made up here."""
    return YEAR_DAYS / float(np.mean(GAPS))


def draw(found: Sequence[Power], path: Path) -> None:
    """Draw detection and delay against size, with the bound of the step."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams["svg.hashsalt"] = "sitewatch"
    figure = Figure(figsize=(8.0, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for shape in SHAPES:
        mine = [one for one in found if one.shape == shape]
        size = [one.size for one in mine]
        style = {"color": COLOURS[shape], "marker": MARKERS[shape], "markersize": 4, "label": shape}
        left.plot(size, [one.found for one in mine], **style)
        right.plot(size, [one.delay if np.isfinite(one.delay) else np.nan for one in mine], **style)
    steps = [one for one in found if one.shape == "step"]
    size = [one.size for one in steps]
    wait = [least_days(one) for one in size]
    left.plot(size, [one.bound for one in steps], "k--", label="step, bound")
    right.plot(size, wait, "k--", label="step, bound")
    left.set(xlabel="size, sigma of one look", ylabel="found within 60 days", ylim=(0, 1.02))
    right.set(xlabel="size, sigma of one look", ylabel="median delay, days", yscale="log")
    left.legend(frameon=False, fontsize=8)
    figure.savefig(path, format="svg", metadata={"Date": None})


def _cell(one: Power) -> str:
    wait = f"{one.delay:.0f}" if np.isfinite(one.delay) else "-"
    return f"{one.found:.0%} ({one.confirmed:.0%}), {wait}"


def _quiet(series: int) -> tuple[Floats, Floats]:
    """Days and departures of quiet series, the same for every change."""
    rng = np.random.default_rng(SEED)
    days = np.cumsum(rng.choice(GAPS, (series, BEFORE + AFTER)), axis=1)
    return days, rng.normal(size=days.shape)


def _panel(days: Floats, z: Floats) -> Panel:
    """Series of sites; here all of them change at once."""
    return site_panel(days, z, index=ZONES, site=SERIES)


def _grown(shape: Shape, since: Floats) -> Floats:
    """How far a change of size 1 has grown, so many days after it began."""
    begun = since >= 0
    if shape == "step":
        return np.asarray(begun, np.float64)
    if shape == "spike":
        return np.asarray(since == 0, np.float64)
    length = RAMP_DAYS if shape == "ramp" else DRIFT_DAYS
    return np.asarray(np.where(begun, np.clip(since / length, 0.0, 1.0), 0.0))


def _power(shape: Shape, size: float, scans: Scans, since: Floats) -> Power:
    """Count what was found of changes that all began at the same look."""
    alarm = (scans.rise_rate < SHARE) & (since >= 0)
    agreed = confirmed(scans.rise_rate, scans.rise_second, SHARE) & (since >= 0)
    delay = np.where(alarm, since, np.inf).min(axis=1)
    second = np.where(agreed, since, np.inf).min(axis=1)
    looks = ((since >= 0) & (since <= WITHIN_DAYS)).sum(axis=1).astype(np.float64)
    bound = clairvoyant(size, looks, looks_a_year()).mean() if shape == "step" else np.nan
    return Power(
        shape=shape,
        size=size,
        found=float((delay <= WITHIN_DAYS).mean()),
        confirmed=float((second <= WITHIN_DAYS).mean()),
        delay=float(np.median(delay)),
        bound=float(bound),
    )
