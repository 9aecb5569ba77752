"""Masks of the simulated air base against what really hid the ground, beside SCL alone.

The looks go through the product's own path, from chips to stored masks; the truth is told by the
simulation and read by nothing else.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.clouds.mask import CLEAR, CLOUD, HAZE, SNOW
from assets.clouds.signs.scl import CLOUD as SCL_CLOUD
from assets.clouds.signs.scl import GROUND
from assets.clouds.signs.scl import SNOW as SCL_SNOW
from bench.masks.watched import MaskedLook, mask_looks, watch_folder
from resources.models import Grid
from resources.months import Month
from resources.simulated.archive import write_archive
from resources.simulated.render import TrueSky, true_sky
from resources.simulated.scenery.passes import SimulatedPass, all_looks
from resources.simulated.scenery.simulation import Simulation
from resources.simulated.scenery.story import draw_story
from resources.simulated.sky.weather import SkyState, all_skies

APRON: Final = "main-apron"
INSIDE: Final = 0.5  # share of a pixel that must be of the zone
TRULY_CLOUD: Final = 0.2  # opacity from which the simulation's own truth counts cloud and shadow
TRULY_CLEAR: Final = 0.02  # opacity and depth below which nothing is there
JUDGED: Final = 3  # every third look, each with all its past

Flags = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Tally:
    """Pixels that were counted, and those of them that a method got."""

    name: str
    pixels: int = 0
    ours: int = 0
    scl: int = 0

    def add(self, where: Flags, ours: Flags, scl: Flags) -> None:
        """Count pixels `where`, and where each method says so."""
        self.pixels += int(where.sum())
        self.ours += int((where & ours).sum())
        self.scl += int((where & scl).sum())

    def share(self, of: int) -> float | None:
        """Share of the pixels, None if there were none."""
        return of / self.pixels if self.pixels else None


@dataclass(frozen=True, slots=True)
class SimulatedScore:
    """Shares by what was asked; looks judged; states of the apron by kind of look."""

    tallies: list[Tally]
    looks: int
    states: dict[str, dict[str, int]]


def score_simulation(folder: Path | None, every: int = JUDGED) -> SimulatedScore:
    """Score the masks of a rendered simulation.

    Args:
        folder: of `write_archive`; None renders the default one into the temporary folder, once.
        every: masks every so many looks.
    """
    kept = folder or Path(tempfile.gettempdir()) / "sitewatch-bench-masks"
    if folder is None:
        write_archive(kept)
    simulation = _simulation_of(kept)
    looks = all_looks(simulation)
    skies = all_skies(simulation, looks, draw_story(simulation))
    by_day = {look.day: (look, sky) for look, sky in zip(looks, skies, strict=True)}
    with tempfile.TemporaryDirectory() as work:
        last = simulation.first.plus(simulation.months - 1)
        span = (simulation.first, last)
        site = watch_folder(kept / "archive", kept / "sites", Path(work), span)
        apron = site.weights[APRON] > INSIDE
        score = SimulatedScore(_tallies(), 0, {})
        count = 0
        for masked in mask_looks(site, wanted=lambda number: number % every == 0):
            look, sky = by_day[masked.row["sensed_at"].date()]
            _judge(score, masked, (look, sky), (simulation, site.stored.grid, apron))
            count += 1
    return dataclasses.replace(score, looks=count)


def _simulation_of(folder: Path) -> Simulation:
    """The simulation that a folder was rendered from, as its marker has it."""
    marker = json.loads((folder / "simulation.json").read_text(encoding="utf-8"))
    return Simulation(int(marker["seed"]), Month.parse(marker["first"]), int(marker["months"]))


def _tallies() -> list[Tally]:
    return [
        Tally("apron pixels masked on clear looks"),
        Tally("all clear pixels masked on clear looks"),
        Tally("clear pixels masked on partly cloudy looks"),
        Tally("truly cloudy pixels not called clear"),
        Tally("truly cloudy pixels called cloud or haze"),
        Tally("truly shaded pixels not called clear"),
        Tally("pixels under thin haze not called clear"),
        Tally("pixels of snow looks called snow"),
        Tally("pixels of snow looks not called clear"),
    ]


def _judge(
    score: SimulatedScore,
    masked: MaskedLook,
    told: tuple[SimulatedPass, SkyState],
    place: tuple[Simulation, Grid, Flags],
) -> None:
    """Add one look to the tallies."""
    (look, sky), (simulation, grid, apron) = told, place
    truth = true_sky(simulation, look, sky, grid)
    kind = "snow" if sky.snow > 0 else sky.kind
    states = score.states.setdefault(kind, {})
    state = str(masked.zones[APRON]["state"])
    states[state] = states.get(state, 0) + 1
    for tally, where, ours, scl in zip(
        score.tallies, *_questions(masked, truth, kind, apron), strict=True
    ):
        tally.add(where, ours, scl)


def _questions(
    masked: MaskedLook, truth: TrueSky, kind: str, apron: Flags
) -> tuple[list[Flags], list[Flags], list[Flags]]:
    """For each tally: the pixels it is about, and where ours and SCL say so."""
    seen = ~truth.unseen
    nowhere = np.zeros_like(seen)
    open_sky = seen & (truth.cloud < TRULY_CLEAR) & (truth.shadow < TRULY_CLEAR)
    cloud = seen & (truth.cloud > TRULY_CLOUD) if kind != "snow" else nowhere
    shade = seen & (truth.shadow > TRULY_CLOUD) & ~cloud if kind != "snow" else nowhere
    clear = open_sky if kind == "clear" else nowhere
    partly = open_sky if kind in ("scattered", "broken") else nowhere
    haze = seen if kind == "haze" else nowhere
    snow = seen if kind == "snow" else nowhere
    where = [clear & apron, clear, partly, cloud, cloud, shade, haze, snow, snow]
    hidden = masked.classes != CLEAR
    called = np.isin(masked.classes, (CLOUD, HAZE))
    hidden_scl = ~np.isin(masked.scl, GROUND)
    called_scl = np.isin(masked.scl, SCL_CLOUD)
    is_snow, is_snow_scl = masked.classes == SNOW, masked.scl == SCL_SNOW
    ours = [hidden, hidden, hidden, hidden, called, hidden, hidden, is_snow, hidden]
    scl = [hidden_scl] * 4 + [called_scl, hidden_scl, hidden_scl, is_snow_scl, hidden_scl]
    return where, ours, scl
