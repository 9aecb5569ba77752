"""How a small picture gets into Dagster: inside Markdown, which its web UI shows on a click."""

import base64
import io
from typing import Final

import dagster as dg
from matplotlib.figure import Figure

MAX_BYTES: Final = 60_000
"""Dagster keeps pictures in its event log."""


def png_as_markdown(png: bytes) -> dg.MetadataValue:
    """A PNG as metadata."""
    text = base64.b64encode(png).decode()
    return dg.MetadataValue.md(f"![picture](data:image/png;base64,{text})")


def small_png(figure: Figure) -> bytes:
    """A figure as PNG, coarser until it is small enough; the coarsest if none is."""
    buffer = io.BytesIO()
    for dpi in (80, 60, 45, 30):
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=dpi)
        if buffer.tell() <= MAX_BYTES:
            break
    return buffer.getvalue()
