"""What can be wrong with a directory that the demo is asked to play."""

from pathlib import Path


class BadDemoData(ValueError):
    """A file of the demo's input cannot be played.

    The text names the file, the line where one is to blame (the header is line 1), and the fact.
    """

    def __init__(self, path: Path, line: int | None, fact: str) -> None:
        self.path = path
        self.line = line
        self.fact = fact
        where = path.name if line is None else f"{path.name}, line {line}"
        super().__init__(f"{where}: {fact}")
