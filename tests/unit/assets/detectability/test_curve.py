"""From a rate of false alarms and sightings of planted objects to what a zone could have shown."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from assets.activity.detect.matched_filter import object_probability
from assets.activity.indices.zone_pixels import ClearLook, ZonePixels
from assets.detectability.curve import (
    ANY,
    PRESENCE,
    TOO_SMALL,
    FalseAlarmRate,
    ObjectDetectability,
    detection_thresholds,
    summarise_outcomes,
)
from assets.detectability.false_alarms import (
    share_error,
    smallest_seen,
    spread_inflation,
    threshold_z,
)
from assets.detectability.object_models import SunDirection
from assets.detectability.trials import (
    ObjectSpecimen,
    PlantedOutcome,
    PlantingTrial,
    UnplantedOutcome,
    area_image,
    plant_and_measure,
    specimens_for,
    with_specimen,
)

RATE = FalseAlarmRate(0.5, series=10, looks_per_year=50)


@dataclass(frozen=True)
class Found:
    """A measurement as far as detectability asks for it."""

    index_name: str
    z: float | None
    value: float | None = None


def outcomes(
    z_before: list[float | None], z_after: list[float | None], length: float = 30.0
) -> list[UnplantedOutcome | PlantedOutcome]:
    specimen = ObjectSpecimen("aircraft", length, "bright")
    found: list[UnplantedOutcome | PlantedOutcome] = []
    for place, (before, after) in enumerate(zip(z_before, z_after, strict=True)):
        without = {"changed_area": Found("changed_area", before)}
        found.append(UnplantedOutcome(f"look-{place}", "apron", without))
        shown = Found("changed_area", after)
        found.append(
            PlantedOutcome(
                f"look-{place}",
                "apron",
                specimen,
                without,
                {"changed_area": shown},
            )
        )
    return found


def of_index(rows: list[ObjectDetectability], name: str) -> list[ObjectDetectability]:
    return [row for row in rows if row.index_name == name]


@pytest.mark.parametrize("per_year", [0.1, 0.5, 2.0])
def test_normal_looks_keep_the_rate_that_is_asked_for(per_year: float) -> None:
    limit = threshold_z(per_year, series=4, looks_per_year=60)
    chance = np.random.default_rng(1)
    years = 4000
    alarms = (np.abs(chance.standard_normal((years, 4 * 60))) > limit).sum()
    assert alarms / years == pytest.approx(per_year, abs=4 * (per_year / years) ** 0.5)


@pytest.mark.parametrize("numbers", [(0.0, 3, 50.0), (0.5, 0, 50.0), (0.5, 3, 0.0)])
def test_a_rate_without_looks_or_series_is_refused(numbers: tuple[float, int, float]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        threshold_z(numbers[0], series=numbers[1], looks_per_year=numbers[2])


def test_honest_departures_leave_the_threshold_alone_nearly_always() -> None:
    chance = np.random.default_rng(2)
    raised = [spread_inflation(chance.standard_normal(40)) > 1 for _ in range(400)]
    assert np.mean(raised) < 0.08


@pytest.mark.parametrize("wider", [1.6, 3.0])
def test_departures_that_scatter_more_than_they_say_raise_the_threshold_by_as_much(
    wider: float,
) -> None:
    z = wider * np.random.default_rng(3).standard_normal(400)
    assert spread_inflation(z) == pytest.approx(wider, rel=0.12)


def test_a_few_real_events_do_not_raise_the_threshold() -> None:
    z = np.random.default_rng(4).standard_normal(60)
    z[:5] = 12.0
    assert spread_inflation(z) == 1.0


def test_too_few_looks_say_nothing_about_the_threshold() -> None:
    assert spread_inflation(np.full(5, 30.0)) == 1.0
    assert spread_inflation(np.full(40, np.nan)) == 1.0


def test_shares_are_probabilities_of_the_planted_effect_within_their_error() -> None:
    chance = np.random.default_rng(5)
    limit = RATE.threshold
    for effect in (limit - 1, limit, limit + 2):
        before = chance.standard_normal(300)
        rows = summarise_outcomes(outcomes(list(before), list(before + effect)), RATE)
        (row,) = of_index(rows, "changed_area")
        expected = stats.norm.sf(limit - effect)
        assert row.looks >= 299
        assert abs(row.probability - expected) < 3.5 * row.probability_error


def test_any_index_counts_as_seen_where_one_is_beyond_its_own_threshold() -> None:
    specimen = ObjectSpecimen("aircraft", 50.0, "dark")
    quiet = {name: Found(name, 0.1) for name in ("texture", "changed_area", "ndvi")}
    shown = {"texture": Found("texture", 9.0), "changed_area": Found("changed_area", 0.3)}
    rows = summarise_outcomes([PlantedOutcome("look", "apron", specimen, quiet, shown)], RATE)
    assert {row.index_name: row.probability for row in rows} == {
        "texture": 1.0,
        "changed_area": 0.0,
        ANY: 1.0,
    }


def test_looks_that_are_alarms_without_the_object_do_not_count() -> None:
    rows = summarise_outcomes(outcomes([0.0, 0.5, 20.0, None], [9.0, 0.4, 30.0, 9.0]), RATE)
    (row,) = of_index(rows, "changed_area")
    assert (row.looks, row.probability) == (2, 0.5)


def test_a_departure_below_expectation_is_seen_as_well() -> None:
    rows = summarise_outcomes(outcomes([0.0], [-9.0]), RATE)
    assert of_index(rows, "changed_area")[0].probability == 1.0


def test_restless_series_get_a_threshold_of_their_own() -> None:
    chance = np.random.default_rng(6)
    quiet = [
        UnplantedOutcome(
            f"look-{place}",
            "apron",
            {
                "texture": Found("texture", float(chance.standard_normal())),
                "movers": Found("movers", float(4 * chance.standard_normal())),
            },
        )
        for place in range(60)
    ]
    limits = detection_thresholds(quiet, RATE)
    assert limits["apron", "texture"] == RATE.threshold
    assert limits["apron", "movers"] > 2.5 * RATE.threshold


def test_classes_by_area_are_those_of_the_object_indices() -> None:
    lengths = {
        20.0: TOO_SMALL,
        28.0: "objects_small",
        47.0: "objects_medium",
        70.0: "objects_large",
    }
    for length, size in lengths.items():
        rows = summarise_outcomes(outcomes([0.0], [9.0], length), RATE)
        assert {row.size_class for row in rows} == {size}


@pytest.mark.parametrize(
    ("seen", "share", "expected"),
    [
        ([0, 0, 10, 20, 20], 0.5, 30.0),
        ([0, 0, 0, 1, 3], 0.5, None),
        ([19, 20, 20, 20, 20], 0.9, 10.0),
        ([0, 5, 15, 20, 20], 0.5, (20 * 30) ** 0.5),
        ([0, 0, 12, 8, 20], 0.5, 30.0),  # a dip is chance: longer is not less visible
    ],
)
def test_the_smallest_length_is_read_off_shares_that_rise(
    seen: list[int], share: float, expected: float | None
) -> None:
    lengths = np.array([10.0, 20.0, 30.0, 40.0, 50.0])
    found = smallest_seen(lengths, np.array(seen, float), np.full(5, 20.0), share)
    assert found is None if expected is None else found == pytest.approx(expected)


def test_lengths_that_found_no_room_are_left_out_of_the_curve() -> None:
    lengths, tried = np.array([10.0, 30.0, 70.0]), np.array([10.0, 10.0, 0.0])
    assert smallest_seen(lengths, np.array([0.0, 0.0, 0.0]), tried, 0.5) is None
    assert smallest_seen(lengths, np.array([0.0, 10.0, 0.0]), tried, 1.0) == pytest.approx(30.0)
    assert smallest_seen(lengths, np.zeros(3), np.zeros(3), 0.5) is None


def test_all_or_nothing_seen_in_few_looks_is_still_uncertain() -> None:
    assert share_error(0, 8) == pytest.approx(share_error(8, 8))
    assert share_error(8, 8) > 0.05
    chance = np.random.default_rng(7)
    for share in (0.2, 0.5, 0.9):
        drawn = chance.binomial(24, share, 4000)
        errors = [share_error(int(seen), 24) for seen in drawn]
        assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(drawn / 24), rel=0.2)


def test_an_object_is_present_where_the_candidates_grow_by_more_than_noise_would() -> None:
    specimen = ObjectSpecimen("aircraft", 50.0, "bright")
    limit = object_probability(math.log(RATE.per_look))
    for more, seen in ((limit - 0.01, 0.0), (limit + 0.01, 1.0)):
        before = {"objects_medium": Found("objects_medium", 0.0, 2.0)}
        after = {"objects_medium": Found("objects_medium", 0.5, 2.0 + more)}
        rows = summarise_outcomes([PlantedOutcome("look", "apron", specimen, before, after)], RATE)
        assert of_index(rows, PRESENCE)[0].probability == seen
        assert of_index(rows, "objects_medium")[0].probability == 0.0


def test_a_mover_is_present_where_movers_grow_not_where_objects_do() -> None:
    specimen = ObjectSpecimen("mover", 20.0, "bright")
    before = {name: Found(name, 0.0, 0.0) for name in ("movers", "objects_small")}
    after = {"movers": Found("movers", 0.0, 0.0), "objects_small": Found("objects_small", 0.0, 1.0)}
    (row,) = of_index(
        summarise_outcomes([PlantedOutcome("look", "road", specimen, before, after)], RATE),
        PRESENCE,
    )
    assert row.probability == 0.0


SIDE = 40


def apron_in(name: str) -> PlantingTrial:
    """An apron of even concrete, whose brightest pixel is what is measured of it."""
    share = np.zeros((SIDE, SIDE), np.float32)
    share[10:30, 10:30] = 1
    zone = ZonePixels.of("apron", "apron", share, 100.0)
    look = ClearLook(name, np.full((7, SIDE, SIDE), 0.2, np.float32), np.ones((SIDE, SIDE), bool))

    def brightest(look: ClearLook) -> list[Found]:
        excess = float(look.reflectance[:4].max()) - 0.2
        return [Found("brightness", excess / 0.01, excess)]

    return PlantingTrial(look, zone, brightest, SunDirection(160.0, 40.0))


def test_an_object_stands_at_the_same_place_in_every_run_and_elsewhere_in_another_look() -> None:
    trial, other = apron_in("one"), apron_in("other")
    area = area_image(trial.zone, (SIDE, SIDE))
    specimen = ObjectSpecimen("aircraft", 40.0, "bright")
    first, again = (with_specimen(trial, specimen, area_m2=area, seed=0) for _ in range(2))
    elsewhere = with_specimen(other, specimen, area_m2=area, seed=0)
    assert first is not None
    assert again is not None
    assert elsewhere is not None
    assert np.array_equal(first.reflectance, again.reflectance)
    assert not np.array_equal(first.reflectance, elsewhere.reflectance)


def test_every_specimen_is_planted_once_in_every_look_and_larger_ones_show_more() -> None:
    trials = [apron_in(f"look-{number}") for number in range(3)]
    found = list(plant_and_measure(trials, specimens_for, seed=0))
    sightings = [one for one in found if isinstance(one, PlantedOutcome)]
    assert len(found) - len(sightings) == len(trials)
    assert len(sightings) == len(trials) * len(specimens_for(trials[0].zone))
    bright = [one for one in sightings if one.specimen.paint == "bright"]
    mean = {
        length: np.mean(
            [one.after["brightness"].value for one in bright if one.specimen.length_m == length]
        )
        for length in (10.0, 30.0, 70.0)
    }
    assert mean[10.0] < mean[30.0] < mean[70.0]


def test_a_look_without_value_is_no_trial() -> None:
    trial = apron_in("one")
    silent = PlantingTrial(trial.look, trial.zone, lambda _: [Found("brightness", None)], None)
    assert list(plant_and_measure([silent], specimens_for, seed=0)) == []
