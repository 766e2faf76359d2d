"""How long files and functions may become."""

from config.services.layout import PROJECT_DIR
from tests.architecture.tree import functions, python_files

LONGEST_FILE = 500
LONGEST_FUNCTION = 70


def test_no_file_is_longer_than_500_lines() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in python_files()}

    too_long = {str(path.relative_to(PROJECT_DIR)): n for path, n in lengths.items() if n > LONGEST_FILE}

    assert len(lengths) > 100
    assert too_long == {}


def test_no_function_is_longer_than_70_lines() -> None:
    lengths = {
        f"{path.relative_to(PROJECT_DIR)}:{function.lineno} {function.name}": function.end_lineno - function.lineno + 1
        for path in python_files()
        for function in functions(path)
        if function.end_lineno is not None
    }

    assert len(lengths) > 300
    assert {name: n for name, n in lengths.items() if n > LONGEST_FUNCTION} == {}
