"""What the doctor prints of a message: one line, and no password."""

import pytest

from pipelines.cli.doctor import DoctorCheck, redacted_message


@pytest.mark.parametrize(
    ("message", "printed"),
    [
        ("two\n  lines", "two lines"),
        ("https://me:geheim@host/x refused", "https://***@host/x refused"),
        ('at "dbname=x password=geheim": no', 'at "dbname=x password=***": no'),
        ("password='ge heim' host=y", "password=*** host=y"),
        ("PASSWORD = geheim", "PASSWORD = ***"),
        ("?token=geheim&x=1", "?token=***&x=1"),
        ("client_secret: geheim, more", "client_secret: ***, more"),
        ("set SH_CLIENT_ID and SH_CLIENT_SECRET", "set SH_CLIENT_ID and SH_CLIENT_SECRET"),
        ("https://host/v1 did not answer", "https://host/v1 did not answer"),
    ],
)
def test_what_may_be_a_password_is_not_printed(message: str, printed: str) -> None:
    assert redacted_message(ValueError(message)) == printed


def test_a_finding_is_one_line_that_begins_with_its_outcome() -> None:
    assert str(DoctorCheck("lake", is_ok=True, text="attached", seconds=0.25)) == (
        "ok    lake: attached (0.2 s)"
    )
    assert str(DoctorCheck("cdse", is_ok=False, text="no keys", seconds=1)).startswith(
        "FAIL  cdse: "
    )
