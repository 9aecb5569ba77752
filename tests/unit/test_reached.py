"""Every room of the product is reached by what users run: its commands and its definitions."""

import grimp

ENTRANCES = {"pipelines.cli.main", "pipelines.definitions", "pipelines.server.page_server"}
"""The command, what Dagster loads, and what serves the pages (docs/dossiers.md)."""
FOR_FITS = "resources.simulated.worlds"
"""Made-up worlds, which constants are fitted on and figures told by: `bench.worlds` draws them."""


def test_nothing_of_the_product_is_reached_by_tests_and_benches_alone() -> None:
    graph = grimp.build_graph("assets", "resources", "pipelines")
    reached, todo = set(ENTRANCES), list(ENTRANCES)
    while todo:
        for module in graph.find_modules_directly_imported_by(todo.pop()):
            parts = module.split(".")
            for name in (".".join(parts[:count]) for count in range(1, len(parts) + 1)):
                if name not in reached:
                    reached.add(name)
                    todo.append(name)
    assert {one for one in graph.modules - reached if not one.startswith(FOR_FITS)} == set()
