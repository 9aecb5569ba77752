"""The demonstration's own part: which base is made in which folder."""

import json
from pathlib import Path

import pytest

from pipelines.cli.demo import write_demo_archive
from resources.errors import SettingsError
from resources.simulated.scenery.simulation import Simulation


def test_a_base_of_another_seed_is_not_put_over_the_one_in_the_lake(tmp_path: Path) -> None:
    (tmp_path / "simulation.json").write_text(json.dumps({"seed": 7}))
    with pytest.raises(SettingsError, match="--data"):
        write_demo_archive(tmp_path, Simulation(seed=8), lambda *_: None)
