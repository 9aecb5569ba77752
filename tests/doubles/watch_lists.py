"""Watch lists made of others."""

import json
from pathlib import Path


def site_named(listed: Path, name: str, **more: str) -> dict:
    """The features of the list under another site id, and with other properties besides."""
    found = json.loads(listed.read_text())
    for feature in found["features"]:
        feature["properties"] |= {"site": name, **more}
    return found
