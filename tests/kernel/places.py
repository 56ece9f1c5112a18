"""The places that the traceback of an error names."""

import re

from front_end import Request


def frames(cell: Request) -> list[str]:
    """The places that the error's traceback names, in order."""
    return [line.strip().removeprefix("at ") for line in cell.traceback.splitlines() if line.startswith("    at ")]


def positions(cell: Request) -> list[str]:
    """The same without the names of functions."""
    return [re.sub(r"^.* \(|\)$", "", frame) for frame in frames(cell)]


def lines(cell: Request) -> list[str]:
    """The same without the columns: TypeScript moves the call of an imported function to its parenthesis."""
    return [frame.rpartition(":")[0] for frame in positions(cell)]


def line(cell: Request, number: int) -> str:
    return f"cell [{cell.reply['execution_count']}]:{number}"


def place(cell: Request, line: int, column: int) -> str:
    return f"cell [{cell.reply['execution_count']}]:{line}:{column}"
