"""The lessons in notebooks/: NN-topic-server.ipynb with NN-topic-client.ipynb, or NN-topic.ipynb alone."""

import re
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
NOTEBOOKS = REPOSITORY / "notebooks"


def find_lessons(folder: Path = NOTEBOOKS) -> dict[str, list[Path]]:
    """The notebooks of each lesson by its name NN-topic, in order; a server comes before its client."""
    lessons: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("[0-9][0-9]-*.ipynb"), key=lambda path: path.stem.removesuffix("-server")):
        name = re.sub("-(server|client)$", "", path.stem)
        lessons.setdefault(name, []).append(path)
    return lessons


def find_lesson(name: str, folder: Path = NOTEBOOKS) -> list[Path]:
    """The notebooks of one lesson. Ends the program with one line that lists the lessons if there is none so named."""
    lessons = find_lessons(folder)
    if name not in lessons:
        sys.exit(f"There is no lesson {name}. Set PAIR to one of: {', '.join(lessons)}")
    return lessons[name]
