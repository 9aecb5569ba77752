"""The analyst's notebook, executed as Jupyter would on the watch of real scenes."""

import base64
import io
import warnings

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image
from places import ROOT

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("romania")]

NOTEBOOK = ROOT / "docs" / "analyst.ipynb"


def test_the_notebook_runs_from_attach_to_a_plot_with_its_attribution(whole: tuple) -> None:
    post, _ = whole
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "stored without outputs"
    client = NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(post.data.parent)}}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Jupyter's own event loop and paths
        client.execute()
    outputs = [one for cell in notebook.cells for one in cell.get("outputs", [])]
    tables = [one.data["text/plain"] for one in outputs if "text/html" in one.get("data", {})]
    assert "corridor" in tables[0]
    assert "tested" in tables[0]
    (picture,) = [one.data["image/png"] for one in outputs if "image/png" in one.get("data", {})]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))).convert("L"))
    assert pixels.std() > 10, "something is drawn"
    assert (pixels[-12:] < 128).any(), "the line of attribution stands below"
    assert "changed_area" in tables[-1]
