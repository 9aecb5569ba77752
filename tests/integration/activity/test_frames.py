"""The same ground gives the same answer, whatever lies round it: on a stretch of real looks.

Frames that see as much of the source, and an archive without a look that shows nothing, must give
the same rows up to the noise of floating-point numbers.
"""

import dataclasses
import math
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bench.frames.agreement import Measured
from bench.frames.cropped import copy_archive
from bench.frames.direct import measure_directly
from bench.frames.quiet_ground import further_zones, survey
from bench.frames.variants import Variant, changed
from resources.watchlist.read import read_watch_list

pytestmark = pytest.mark.shared
CLOUDY = "20180611"  # SCL: 100 % cloud, and no later look leans on it
DAYS = (
    *("20180402", "20180412", "20180422", "20180502", "20180522", CLOUDY, "20180701", "20180721"),
    *("20180825", "20180919", "20181004", "20181014", "20190701", "20190706", "20190711"),
)
FLOAT_NOISE = 1e-4  # of a number, or in its unit: reflectance is kept in 32 bits
MARGIN_M = 40.0

Measure = Callable[[Variant], Measured]


@pytest.fixture(scope="module")
def frame(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Variant:
    """The stretch as the site file has it, with a margin."""
    real = shared / "real" / "romania"
    archive = copy_archive(
        real / "archive",
        tmp_path_factory.mktemp("stretch"),
        wanted=lambda item: any(day in item for day in DAYS),
    )
    site = read_watch_list(real / "site")[0]
    return Variant("romania", "as it is", changed(site, margin_m=MARGIN_M), archive)


@pytest.fixture(scope="module")
def measure(tmp_path_factory: pytest.TempPathFactory) -> Measure:
    return lambda variant: measure_directly(variant, tmp_path_factory.mktemp("frame"))


@pytest.fixture(scope="module")
def base(frame: Variant, measure: Measure) -> Measured:
    found = measure(frame)
    judged = {key for key, row in found.activity.items() if row["z"] is not None}
    assert {key[0] for key in judged} == {zone.zone_id for zone in frame.site.zones}
    assert len({key[1] for key in judged}) >= 2, "the last month has a year to be compared with"
    return found


def differences(one: Measured, other: Measured) -> list[str]:
    """Rows of zones and looks in common that differ, and those that one lacks, in words."""
    found = []
    for name in ("masks", "shifts", "activity"):
        mine, theirs = getattr(one, name), getattr(other, name)
        places = [{key[:2] for key in rows} for rows in (mine, theirs)]
        zones = {zone for zone, _ in places[0]} & {zone for zone, _ in places[1]}
        looks = {look for _, look in places[0]} & {look for _, look in places[1]}
        for key in sorted(mine.keys() | theirs.keys()):
            if key[0] not in zones or key[1] not in looks:
                continue
            if key not in mine or key not in theirs:
                found.append(f"{name}: {' '.join(key)} is in one of both only")
                continue
            found += [
                f"{name}.{column}: {' '.join(key)}: {mine[key][column]} and {theirs[key][column]}"
                for column in sorted(mine[key])
                if not same(mine[key][column], theirs[key][column])
            ]
    return found


def same(one: object, other: object) -> bool:
    """Equal up to FLOAT_NOISE."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=FLOAT_NOISE, abs_tol=FLOAT_NOISE)
    return one == other


def told(found: list[str]) -> str:
    """How many numbers differ by column, and the first of each."""
    counts: Mapping[str, int] = Counter(line.split(":")[0] for line in found)
    firsts = {name: next(line for line in found if line.startswith(name)) for name in counts}
    return "\n".join(f"{count} x {firsts[name]}" for name, count in counts.items())


def assert_same_rows(one: Measured, other: Measured) -> None:
    found = differences(one, other)
    assert not found, told(found)


@pytest.mark.parametrize("margin_m", [0.0, 120.0], ids=["cropped", "grown and shifted"])
def test_margin_changes_no_row(margin_m, frame, base, measure) -> None:
    """120 m move the frame's corner by 80 m, which is no multiple of a block's 60 m."""
    other = dataclasses.replace(frame, site=changed(frame.site, margin_m=margin_m))
    assert_same_rows(base, measure(other))


def test_further_zones_and_another_order_change_no_row(shared, frame, base, measure) -> None:
    all_years = survey(shared / "real" / "romania" / "archive")
    added = further_zones(all_years, frame.site, 4, seed=5)
    zones = [*added, *reversed(frame.site.zones)]
    site = changed(frame.site, zones=zones, margin_m=MARGIN_M)
    found = measure(dataclasses.replace(frame, site=site))
    assert {key[0] for key in found.masks} == {zone.zone_id for zone in zones}
    assert_same_rows(base, found)


def test_a_look_that_shows_nothing_changes_no_row_of_others(frame, base, measure, tmp_path) -> None:
    assert {row["clear_fraction"] for key, row in base.masks.items() if CLOUDY in key[1]} == {0.0}
    fewer = copy_archive(frame.archive, tmp_path, wanted=lambda item: CLOUDY not in item)
    found = measure(dataclasses.replace(frame, archive=fewer))
    assert not any(CLOUDY in key[1] for key in found.masks)
    assert_same_rows(base, found)
