"""Robust harmonics: laws of the fit, what it withstands, and errors that mean what they say."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from assets.activity import huber, packed
from assets.activity.harmonics import (
    SEEN_MIN,
    HarmonicFit,
    fit,
    season_ridge,
    season_terms,
    slabs,
)
from assets.activity.history import look_weights
from assets.activity.robust import HUBER_K, student_factor
from assets.constants import YEAR_DAYS

Floats = npt.NDArray[np.float64]
NOW = 760.0


def some_series(
    seed: int, looks: int, pixels: int, *, order: int = 1, gaps: float = 0.2
) -> tuple[Floats, Floats, Floats, Floats]:
    """Values with gaps, terms, weights and true coefficients of a simulated past of two years."""
    random = np.random.default_rng(seed)
    days = np.sort(random.uniform(0, 730, looks))
    terms = season_terms(days, order)
    truth = random.normal(0, 1.4, (terms.shape[1], pixels)) / np.maximum(
        1, np.arange(terms.shape[1]) / 2
    ).reshape(-1, 1)
    values = terms @ truth + random.normal(0, 1, (looks, pixels))
    values[random.random(values.shape) < gaps] = np.nan
    return values, terms, look_weights(NOW - days), truth


def fitted(values: Floats, terms: Floats, weights: Floats) -> HarmonicFit:
    order = (terms.shape[1] - 1) // 2
    return fit(values, terms, weights, ridge=season_ridge(order), floor=1e-6)


def huber_height(point: Floats, block: huber.Block, limit: float) -> float:
    """Huber's function of one series, written out."""
    residual = block.values[0] - block.terms @ point
    size = np.abs(residual)
    loss = np.where(size <= limit, residual**2 / 2, limit * (size - limit / 2))
    return float((block.weights[0] * loss).sum() + (block.ridge * point**2).sum() / 2)


def test_terms_are_one_and_waves_that_come_round_with_the_year() -> None:
    days = np.array([0.0, 100.0])
    terms = season_terms(days, 2)
    np.testing.assert_allclose(terms, season_terms(days + 3 * YEAR_DAYS, 2), atol=1e-9)
    np.testing.assert_allclose(terms[0], [1, 1, 0, 1, 0])
    assert season_terms(days, 0).tolist() == [[1.0], [1.0]]


@pytest.mark.parametrize("looks", [10, 40])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_fit_is_the_minimum_that_a_general_optimiser_finds(looks: int, order: int) -> None:
    values, terms, weights, _ = some_series(3, looks, 5, order=order, gaps=0.1)
    values[1] += 8.0
    seen = np.isfinite(values.T)
    block = huber.Block(np.where(seen, values.T, 0.0), seen * weights, terms, season_ridge(order))
    found = huber.regress(block, floor=1e-6)
    assert found.gradient.max() < 1e-8
    for number in range(5):
        one = huber.Block(
            block.values[[number]], found.weights[[number]], terms, season_ridge(order)
        )
        best = optimize.minimize(
            huber_height,
            np.zeros(len(block.ridge)),
            args=(one, HUBER_K * found.scale[number]),
            tol=1e-12,
        )
        np.testing.assert_allclose(found.coefficients[:, number], best.x, atol=2e-4)


@settings(deadline=None, max_examples=20)
@given(st.floats(0.01, 100), st.floats(-300, 300), st.permutations(range(14)))
def test_a_fit_scales_and_shifts_with_its_values_and_forgets_their_order(
    scale: float, scatters: float, order: list[int]
) -> None:
    values, terms, weights, _ = some_series(5, 14, 4, gaps=0.1)
    plain = fitted(values, terms, weights)
    shift = scatters * scale  # in float32, in which the fit begins, thousands would lose digits
    other = fit(
        (values * scale + shift)[order],
        terms[order],
        weights[order],
        ridge=season_ridge(1),
        floor=1e-6 * scale,
    )
    at = season_terms(np.array([NOW]), 1)
    np.testing.assert_allclose(other.predict(at), plain.predict(at) * scale + shift, atol=1e-4)
    np.testing.assert_allclose(other.scale, plain.scale * scale, rtol=1e-4)
    np.testing.assert_allclose(
        other.prediction_error(at), plain.prediction_error(at) * scale, rtol=1e-4
    )


def test_every_gradient_ends_below_the_tolerance_on_awkward_series() -> None:
    random = np.random.default_rng(11)
    values, terms, weights, _ = some_series(11, 30, 1000, order=2, gaps=0.5)
    wild = random.random(values.shape) < 0.25
    values[wild] += random.standard_cauchy(wild.sum()) * 50
    found = fitted(values, terms, weights)
    known = np.isfinite(found.scale)
    assert found.gradient[known].max() < 1e-8
    assert (np.isfinite(values).sum(axis=0) >= SEEN_MIN).tolist() == known.tolist()


def test_few_looks_say_nothing_and_one_more_says_something() -> None:
    values = np.full((SEEN_MIN + 1, 2), np.nan)
    values[:SEEN_MIN, 0] = [1.0, 1.1, 0.9, 1.0]
    values[: SEEN_MIN - 1, 1] = 1.0
    terms = season_terms(np.arange(SEEN_MIN + 1) * 40.0, 1)
    found = fitted(values, terms, np.ones(SEEN_MIN + 1))
    assert np.isfinite(found.predict(terms)[:, 0]).all()
    assert np.isnan(found.predict(terms)[:, 1]).all()
    assert np.isnan(found.scale[1])
    assert np.isnan(found.left_out(values)[:, 1]).all()


def test_a_fit_keeps_the_pixel_axes_and_takes_float32() -> None:
    values, terms, weights, _ = some_series(7, 16, 12, gaps=0.0)
    flat = fitted(values, terms, weights)
    small = values.astype(np.float32).reshape(16, 2, 2, 3)
    shaped = fit(small, terms, weights, ridge=season_ridge(1), floor=1e-6)
    assert shaped.predict(terms).shape == shaped.left_out(small).shape == (16, 2, 2, 3)
    assert shaped.leverage().shape == shaped.prediction_error(terms).shape == (16, 2, 2, 3)
    np.testing.assert_allclose(
        shaped.predict(terms).reshape(16, -1), flat.predict(terms), atol=1e-4
    )


@pytest.mark.parametrize("wild", [False, True])
def test_a_residual_left_out_is_that_of_a_fit_without_the_look(*, wild: bool) -> None:
    values, terms, weights, _ = some_series(9, 40, 300, gaps=0.0)
    if wild:
        values[5] += 40.0
    found = fitted(values, terms, weights)
    others = np.arange(40) != 5
    block = huber.Block(
        values[others].T.copy(),
        found.kept[others].T * weights[others],
        terms[others],
        season_ridge(1),
    )
    point, _, _ = huber.minimise(block, found.coefficients, found.limit)
    truly = values[5] - terms[5] @ point
    np.testing.assert_allclose(np.median(np.abs(found.left_out(values)[5] - truly)), 0, atol=1e-9)
    np.testing.assert_allclose(found.left_out(values)[5], truly, atol=0.15)


def test_the_leverage_is_what_a_look_moves_its_own_expectation_by() -> None:
    values, terms, weights, _ = some_series(2, 20, 50, gaps=0.0)
    found = fitted(values, terms, weights)
    block = huber.Block(
        (values + 1e-5 * np.eye(20)[:, [3]]).T, found.kept.T * weights, terms, season_ridge(1)
    )
    moved, _, _ = huber.minimise(block, found.coefficients, found.limit)
    inside = found.kept[3] & (np.abs(values - found.predict(terms))[3] < found.limit - 1e-3)
    change = (terms[3] @ moved - found.predict(terms)[3]) / 1e-5
    np.testing.assert_allclose(change[inside], found.leverage()[3][inside], rtol=1e-3)
    assert inside.sum() > 30


@pytest.mark.parametrize("looks", [12, 24, 48])
def test_a_quarter_of_snowy_or_occupied_looks_moves_the_expectation_by_a_fraction_of_sigma(
    looks: int,
) -> None:
    values, terms, weights, truth = some_series(4, looks, 600, gaps=0.0)
    random = np.random.default_rng(4)
    wild = np.argsort(random.random(values.shape), axis=0) < looks // 4
    at = season_terms(np.array([NOW]), 1)
    clean, dirty = (
        np.abs(fitted(each, terms, weights).predict(at) - at @ truth)
        for each in (values, np.where(wild, values + random.uniform(15, 40, wild.shape), values))
    )
    assert np.median(dirty) < np.median(clean) + 0.1
    assert np.quantile(dirty, 0.9) < 1.2


def test_far_from_every_look_the_expectation_falls_back_to_the_level() -> None:
    random = np.random.default_rng(6)
    days = np.concatenate([np.linspace(150, 210, 6), np.linspace(515, 575, 6)])
    values = 3.0 + random.normal(0, 0.1, (12, 200))
    found = fitted(values, season_terms(days, 1), np.ones(12))
    summer, winter = season_terms(np.array([180.0, 0.0]), 1)[:, None]
    assert np.abs(found.predict(winter) - 3.0).mean() < 0.2
    assert (found.prediction_error(winter) > 3 * found.prediction_error(summer)).all()


@pytest.mark.parametrize(("looks", "gaps"), [(8, 0.0), (12, 0.2), (24, 0.2), (48, 0.2)])
@pytest.mark.parametrize("order", [0, 2])
def test_three_sigma_of_a_new_look_is_three_sigma_however_short_the_past(
    looks: int, gaps: float, order: int
) -> None:
    """0.27 % is meant, as the mean of eight pasts; pixels seen eight times or more are judged."""
    beyond = []
    for seed in range(8):
        values, terms, weights, truth = some_series(seed, looks, 1000, order=order, gaps=gaps)
        found = fitted(values, terms, weights)
        at = season_terms(np.array([NOW]), order)
        new = (at @ truth)[0] + np.random.default_rng(seed).normal(size=1000)
        error = np.hypot(found.scale, found.prediction_error(at)[0]) * student_factor(found.dof)
        judged = np.isfinite(values).sum(axis=0) >= 8
        beyond.append(np.mean(np.abs(new - found.predict(at)[0])[judged] > 3 * error[judged]))
    assert 0.0008 < np.mean(beyond) < 0.0055


@pytest.mark.parametrize("kind", ["contaminated", "heavy-tailed"])
def test_a_troubled_past_never_makes_the_limit_liberal(kind: str) -> None:
    values, terms, weights, truth = some_series(12, 24, 8000)
    random = np.random.default_rng(12)
    if kind == "contaminated":
        wild = random.random(values.shape) < 0.25
        values = np.where(wild, values + random.uniform(2, 30, values.shape), values)
    else:
        values = terms @ truth + random.standard_t(3, values.shape)
    found = fitted(values, terms, weights)
    at = season_terms(np.array([NOW]), 1)
    error = np.hypot(found.scale, found.prediction_error(at)[0]) * student_factor(found.dof)
    new = (at @ truth)[0] + random.normal(size=8000)
    assert np.mean(np.abs(new - found.predict(at)[0]) > 3 * error) < 0.0027


def test_slabs_cover_every_pixel_once_and_stay_small() -> None:
    found = list(slabs(2500 * 2500, 7))
    assert found[0].start == 0
    assert found[-1].stop == 2500 * 2500
    assert all(a.stop == b.start for a, b in itertools.pairwise(found))
    assert max(each.stop - each.start for each in found) * 7 <= 250_000


def test_packed_algebra_is_that_of_numpy() -> None:
    random = np.random.default_rng(0)
    roots = random.normal(size=(6, 4, 4))
    full = roots @ roots.transpose(0, 2, 1) + np.eye(4)
    other = roots + roots.transpose(0, 2, 1)
    rows, columns = np.array(packed.pairs(4)).T
    left, middle = full[:, rows, columns].T.copy(), other[:, rows, columns].T.copy()
    factors, pivots = packed.factorise(left, 4)
    right = random.normal(size=(4, 6))
    np.testing.assert_allclose(
        packed.solve(factors, right), np.linalg.solve(full, right.T[..., None])[..., 0].T
    )
    assert (pivots > 0).all()
    back = packed.inverse(factors, 4)
    np.testing.assert_allclose(back, np.linalg.inv(full)[:, rows, columns].T)
    np.testing.assert_allclose(
        packed.sandwich(left, middle, 4), (full @ other @ full)[:, rows, columns].T
    )
    np.testing.assert_allclose(
        packed.trace_of_product(left, middle, 4), np.trace(full @ other, axis1=1, axis2=2)
    )
    terms = random.normal(size=(3, 4))
    np.testing.assert_allclose(
        packed.quadratic(terms, left), np.einsum("ki,sij,kj->ks", terms, full, terms)
    )
    assert packed.factorise(np.zeros((10, 1)), 4)[1][0] <= 0


def test_a_fit_without_errors_is_the_same_fit_and_has_no_errors() -> None:
    values, terms, weights, _ = some_series(12, 20, 30)
    plain, whole = (
        fit(values, terms, weights, ridge=season_ridge(1), floor=1e-6, with_errors=asked)
        for asked in (False, True)
    )
    for name in ("coefficients", "limit", "curvature", "kept"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(whole, name))
    assert np.isnan(plain.prediction_error(terms)).all()
    assert np.isfinite(whole.prediction_error(terms)).all()


@pytest.mark.parametrize(("kind", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-3)])
def test_packed_factors_solve_and_invert_as_the_library_does(kind: type, tolerance: float) -> None:
    random = np.random.default_rng(4)
    roots = random.normal(size=(6, 5, 5))
    full = (roots @ roots.transpose(0, 2, 1) + np.eye(5)).astype(kind)
    matrices = np.stack([full[:, i, j] for i, j in packed.pairs(5)])
    right = random.normal(size=(5, 6)).astype(kind)
    factors, share = packed.factorise(matrices, 5)
    solved, turned = packed.solve(factors, right), packed.inverse(factors, 5)
    assert factors.dtype == solved.dtype == turned.dtype == kind
    assert (share > 0).all()
    exact = full.astype(np.float64)
    np.testing.assert_allclose(
        solved.T, np.linalg.solve(exact, right.T[..., None])[..., 0], atol=tolerance
    )
    expected = np.linalg.inv(exact)
    for number, (i, j) in enumerate(packed.pairs(5)):
        np.testing.assert_allclose(turned[number], expected[:, i, j], atol=tolerance)
