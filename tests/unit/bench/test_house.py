"""Figures of how easy the product is to read, each over a few made-up files."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from bench.house import imports, names, retries, sizes
from bench.house.alert import Run, figures, run_functions
from bench.house.calls import Called, noted_calls
from bench.house.figure import Figure
from bench.house.report import markdown, record
from bench.house.sources import Source, parsed


def tree(files: Mapping[str, str]) -> list[Source]:
    return [parsed(path, dedent(text)) for path, text in files.items()]


def one(text: str, path: str = "assets/a.py") -> list[Source]:
    return tree({path: text})


CODE = '''\
"""What it is."""

import os  # a reason

LIMIT = 3
"""What it limits."""


@decorated
def outer(
    one,
):
    """What it does.

    More of it.
    """

    def inner():
        return """SELECT

        1"""

    return inner
'''


def test_lines_of_code_are_those_with_a_token_and_no_docstring() -> None:
    (source,) = one(CODE)
    assert sizes.code_lines([source]) == 10
    assert sizes.code_lines(one('"""Only what it is."""\n')) == 0


def test_lines_of_a_function_are_its_own_from_def_to_its_end() -> None:
    (source,) = one(CODE)
    assert {function.name: len(function.code) for function in source.functions} == {
        "outer": 4,
        "outer.inner": 3,
    }
    assert source.functions[0].first_line == 9


def test_a_folder_counts_its_own_files_and_not_those_of_folders_in_it() -> None:
    inner = dict.fromkeys(["assets/x/y/a.py", "assets/x/y/b.py", "assets/x/y/__init__.py"], "")
    outer = dict.fromkeys(["assets/x/__init__.py", "assets/x/c.py"], "")
    assert sizes.fullest_folder(tree(inner | outer)) == ("assets/x/y", 3)
    assert sizes.fullest_folder(tree(outer)) == ("assets/x", 2)


def test_nine_of_ten_functions_are_no_longer() -> None:
    texts = ["".join(f"def f{n}():\n{'    pass' + chr(10)}" for n in range(9))]
    long = "def g():\n" + "    pass\n" * 30
    assert sizes.p90_function_lines(one(texts[0] + long)) == 2
    assert sizes.p90_function_lines(one(texts[0] + long * 2)) == 31
    assert sizes.p90_function_lines(one("")) is None


def test_an_import_inside_a_function_closes_a_circle() -> None:
    files = {"assets/a.py": "from assets import b\n", "assets/b.py": "import assets.c\n"}
    open_one = tree({**files, "assets/c.py": "import os\n", "assets/__init__.py": ""})
    assert imports.import_cycles(open_one) == []
    closed = "def late():\n    from assets.a import thing\n"
    found = imports.import_cycles(tree({**files, "assets/c.py": closed}))
    assert found == [["assets.a", "assets.b", "assets.c"]]


def test_imports_by_dots_are_those_of_the_folder() -> None:
    files = {"assets/x/__init__.py": "from .a import one\n", "assets/x/a.py": "from . import b\n"}
    files |= {"assets/x/b.py": "from ..x import a\n"}
    assert imports.import_cycles(tree(files)) == [["assets.x.a", "assets.x.b"]]


def test_a_folder_and_one_within_it_are_two() -> None:
    files = {"assets/x/a.py": "import assets.x.y.b\n", "assets/x/y/b.py": "", "assets/x/c.py": ""}
    assert imports.folder_cycles(tree(files)) == []
    files["assets/x/y/b.py"] = "import assets.x.c\n"
    assert imports.folder_cycles(tree(files)) == [["assets/x", "assets/x/y"]]
    assert imports.import_cycles(tree(files)) == []


def test_modules_without_code_need_no_test() -> None:
    files = {
        "assets/__init__.py": '"""Here."""\n',
        "assets/a.py": "A = 1\n",
        "assets/b.py": "B = 1",
    }
    product = tree({**files, "assets/c.py": "C = 1\nD = 1\n"})
    tests = tree({"tests/test.py": "from assets import a\nfrom assets.b import B\n"})
    assert imports.modules_no_test_imports(product, tests) == {"assets.c": 2}


@pytest.mark.parametrize(
    ("name", "count"),
    [("read", 1), ("_read", 1), ("read_rows", 2), ("Row", 1), ("SceneRow", 2), ("GeoJSONFile", 3),
     ("HTTPError", 2), ("LIMIT", 1), ("LIMIT_M", 2), ("Sentinel2", 1), ("utc", 1)],
)  # fmt: skip
def test_words_end_at_underscores_and_capitals(name: str, count: int) -> None:
    assert names.words(name) == count


def test_names_at_the_top_count_with_constants_only_if_asked_for() -> None:
    found = one("def read(): ...\nclass SceneRow:\n    def get(self): ...\nLIMIT = 1\nlow = 1\n")
    assert names.one_word_names(found) == 0.5
    assert names.one_word_names(found, constants=True) == pytest.approx(2 / 3, abs=1e-4)
    assert names.one_word_names(one("")) is None


def test_class_names_are_shared_at_any_depth() -> None:
    files = {
        "assets/a.py": "class Look: ...\nclass _Own: ...\n",
        "resources/b.py": "class Own: ...\n",
    }
    assert names.shared_class_names(tree(files)) == {}
    files["resources/b.py"] += "def f():\n    class Look: ...\n"
    places = ["assets/a.py: Look", "resources/b.py: f.Look"]
    assert names.shared_class_names(tree(files)) == {"Look": places}


def test_pauses_that_are_worked_out_are_told_from_looking_again() -> None:
    found = one(
        """\
        def again():
            while True:
                time.sleep(2 ** tries)
        def pause(wait_s): sleep(wait_s)
        def look():
            for _ in range(3):
                time.sleep(LOOK_S)
        def once(): time.sleep(1.0)
        """
    )
    assert retries.backoff_loops(found) == ["assets/a.py: again", "assets/a.py: pause"]
    assert retries.sleeps_in_loops(found) == ["assets/a.py: again", "assets/a.py: look"]


def test_readers_of_retry_after_may_name_it_by_a_constant() -> None:
    found = one(
        """\
        ASKED = "Retry-After"
        def one(headers): return headers["retry-after"]
        def two(headers): return headers[ASKED]
        def none(headers): "Retry-After is not read."
        """
    )
    assert retries.retry_after_parsers(found) == ["assets/a.py: one", "assets/a.py: two"]


PRODUCT = """\
    def plain(): return [n for n in range(2)]
    def threaded():
        thread = threading.Thread(target=plain)
        thread.start()
        thread.join()
    @keep
    def kept():
        return (lambda: 1)()
    def unused(): ...
    AT_IMPORT = plain()
"""


def test_functions_that_run_are_noted_in_all_threads(tmp_path: Path) -> None:
    path = tmp_path / "assets" / "a.py"
    scope = {"threading": threading, "keep": lambda function: function}
    code = compile(dedent(PRODUCT), str(path), "exec")
    with noted_calls(tmp_path) as called:
        exec(code, scope)
        assert called == set()
        scope["kept"]()
        scope["threaded"]()
    scope["unused"]()
    (source,) = one(PRODUCT)
    found = [function.name for function in run_functions([source], called)]
    assert found == ["plain", "threaded", "kept"]


def test_files_and_lines_of_a_run_leave_simulated_scenes_out() -> None:
    text = "def f():\n    return 1\n"
    sources = tree({"assets/a.py": text, "assets/b.py": text, "resources/simulated/c.py": text})
    called = {Called("assets/a.py", 1, "f"), Called("resources/simulated/c.py", 1, "f")}
    told = {one.key: one.value for one in figures(sources, Run(frozenset(called), 2))}
    assert (told["files_to_alert"], told["function_lines_to_alert"]) == (1, 2)
    assert {one.value for one in figures(sources, None)} == {None}


def test_figures_are_told_with_goal_and_how_they_are_counted() -> None:
    told = [Figure("a", 0.527, "Part of all.", 0.2, ["x"]), Figure("b", None, "Run.", 6000)]
    assert "| `a` | 52.7% | 20.0% |\n| `b` | - | 6,000 |" in markdown(told)
    assert "- `a`: Part of all." in markdown(told)
    found = json.loads(json.dumps(record(told)))
    assert (found["a"], found["b"], found["a_found"]) == (0.527, None, ["x"])
    assert found["goals"] == {"a": 0.2, "b": 6000}
