"""Pictures of dossiers: one stretch, unseen ground, residual, captions, time-lapse."""

import io

import numpy as np
import pytest
from PIL import Image

from assets.activity.residuals import UNSEEN
from assets.dossiers.drawings import pictures
from assets.dossiers.pages.rendering import content_security_policy, data_uri
from assets.scenes.colour import UNSEEN_GREY, true_colour

FRAME = pictures.frame_of(slice(0, 20), slice(0, 30), width=90)
LINES = ["2020-01-01 | orbit 36", "Contains modified Copernicus Sentinel data 2020"]


def ground(level: float) -> np.ndarray:
    return np.full((7, 20, 30), level, np.float32)


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def test_a_window_is_enlarged_by_whole_pixels_or_averaged() -> None:
    assert (FRAME.step, FRAME.zoom, FRAME.size) == (1, 3, (90, 60))
    large = pictures.frame_of(slice(0, 2500), slice(0, 2500))
    width, height = large.size
    assert width <= 1.5 * pictures.WIDTH
    assert (width // large.zoom) * (height // large.zoom) <= pictures.MOST_PIXELS


def test_both_pictures_share_one_stretch_that_the_brighter_one_sets() -> None:
    dark, bright = (pictures.window_colours(ground(level), FRAME) for level in (0.04, 0.24))
    white = pictures.white_reflectance([dark, bright])
    assert white == pytest.approx(0.3)
    assert pictures.white_reflectance([bright, dark]) == white
    drawn = [int(true_colour(one, white)[0, 0, 0]) for one in (dark, bright)]
    assert drawn[0] < drawn[1] < 255


def test_unseen_ground_is_grey_and_has_no_say_in_means() -> None:
    reflectance = ground(0.1)
    reflectance[:, :, :15] = np.nan
    window = pictures.window_colours(reflectance, FRAME)
    drawn = true_colour(window, 0.1)
    assert (drawn[:, :15] == UNSEEN_GREY).all()
    assert (drawn[:, 15:] == 255).all()
    halved = pictures.PictureFrame(FRAME.rows, FRAME.columns, 2, 1)
    means = pictures.window_colours(reflectance, halved)
    assert means.shape == (10, 15, 3)
    np.testing.assert_allclose(means[:, 7], 0.1, rtol=1e-6)  # half unseen


def test_a_residual_shows_what_departs_in_two_colours_and_nothing_else() -> None:
    steps = np.zeros((20, 30), np.int16)
    steps[0, 0], steps[0, 1], steps[0, 2], steps[0, 3] = 1500, -1500, 100, UNSEEN
    layer = opened(pictures.residual_png(steps, FRAME, caption_height=10))
    assert layer.shape == (70, 90, 4)
    assert tuple(layer[1, 1]) == (*pictures.BRIGHTER, 255)
    assert tuple(layer[1, 4]) == (*pictures.DARKER, 255)
    assert layer[1, 7, 3] == layer[1, 10, 3] == 0  # below the least, and unseen
    assert not layer[60:, :, 3].any()


def test_pictures_have_their_caption_burnt_in_and_repeat_to_the_byte() -> None:
    window = true_colour(pictures.window_colours(ground(0.1), FRAME), 0.2)
    lines = pictures.wrap_caption(LINES, FRAME.size[0])
    assert " ".join(lines) == " ".join(LINES)
    made = [pictures.encode_png(pictures.captioned_picture(window, FRAME, lines)) for _ in range(2)]
    assert made[0] == made[1]
    strip = opened(made[0])[FRAME.size[1] :]
    assert strip.shape[0] == pictures.strip_height(lines)
    assert (strip < 100).any()


def test_text_that_the_font_has_not_is_no_error() -> None:
    assert pictures.wrap_caption(["база \u202e<b>"], 400) == ["???? ?<b>"]
    assert pictures.wrap_caption([""], 400) == [""]


def test_simulated_is_written_over_the_ground_itself() -> None:
    window = true_colour(pictures.window_colours(ground(0.1), FRAME), 0.2)
    real = np.asarray(pictures.captioned_picture(window, FRAME, ["Contains modified"]))[:40]
    made_up = np.asarray(pictures.captioned_picture(window, FRAME, ["SIMULATED scenes"]))[:40]
    assert (real == real[0, 0]).all()
    assert (made_up != real).any()


def test_a_time_lapse_plays_every_look_and_keeps_the_last_when_it_is_shortened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    levels = (0.02, 0.06, 0.1, 0.14, 0.18)
    windows = [true_colour(pictures.window_colours(ground(v), FRAME), 0.2) for v in levels]
    frames = [pictures.captioned_picture(window, FRAME, ["a"]) for window in windows]
    data, kept = pictures.encode_gif(frames)
    film = Image.open(io.BytesIO(data))
    assert (film.n_frames, kept) == (5, 5)
    monkeypatch.setattr(pictures, "GIF_BYTES", len(data) - 1)
    shorter, kept = pictures.encode_gif(frames)
    assert len(shorter) < len(data)
    film = Image.open(io.BytesIO(shorter))
    assert film.n_frames == kept < 5
    film.seek(kept - 1)
    last = np.asarray(film.convert("RGB"))[:60]
    assert abs(int(last[30, 30, 0]) - int(windows[-1][0, 0, 0])) < 8


def test_a_policy_names_style_and_script_by_hash_and_allows_nothing_else() -> None:
    text = content_security_policy("a {}", "1;")
    assert text.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in text
    assert content_security_policy("a {}", "2;") != text
    assert data_uri(b"x", "image/png") == "data:image/png;base64,eA=="
