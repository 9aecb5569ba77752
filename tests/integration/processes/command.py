"""The command in a process of its own that need not import everything first.

Started by tests with WORDS, FOLDER, VARIABLES, PRINTED and SAID set: arguments, working folder,
environment, and files for what it prints and says of errors. It ends as the command ends.
"""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines.cli.main import main


def command(
    words: Sequence[str], folder: str, variables: Mapping[str, str], printed: str, said: str
) -> None:
    """What the shell does before the command, then the command."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run behind `&`
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    for stream, path in ((1, printed), (2, said)):
        with Path(path).open("wb") as file:
            os.dup2(file.fileno(), stream)
    sys.argv = ["sitewatch", *words]
    main()


if __name__ == "__main__":
    command(WORDS, FOLDER, VARIABLES, PRINTED, SAID)  # noqa: F821 - set by whoever starts this
