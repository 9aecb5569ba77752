"""The picture in a message, where the real pixels of its look are at hand."""

import pytest

from pipelines.notify.letters import LetterWriter
from resources.lake.outbox import OutboxMessage
from resources.notify.receivers import Receivers

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("stretch")]

PNG = b"\x89PNG"


def test_the_picture_is_the_look_itself_where_its_pixels_are_at_hand(ordered) -> None:
    lake = ordered.lake
    (row,) = lake.query(
        "SELECT alert_id, known_at FROM alert_log WHERE status = 'confirmed'"
        " ORDER BY known_at LIMIT 1"
    )
    archive = ordered.resources["archive"].open()
    desk = LetterWriter(lake, archive, Receivers(), ordered.settings.dossiers)
    one = OutboxMessage(
        row["alert_id"], "confirmed", "desk", 1, row["known_at"], "queued", 0,
        is_possibly_repeated=False, claimed_at=None, next_try_at=None,
    )  # fmt: skip
    letter = desk.letter(one, desk.facts([one]), "text", 32768)
    (told,) = lake.query("SELECT * FROM alerts WHERE alert_id = ?", [one.alert_id])
    ((name, picture),) = letter.pictures
    assert name == f"romania-road-{told['peak_acquisition_id']}.png"
    assert picture.startswith(PNG)
    assert told["summary"] in letter.body
    assert "Contains modified Copernicus Sentinel data 2015-2021" in letter.body
