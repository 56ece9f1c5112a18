"""The page that lists the handouts."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from handout.handout import ParsedLesson, reading_minutes
from handout.page import PROJECT, TEMPLATES
from handout.prose import text_of


def to_index(lessons: Sequence[ParsedLesson], date: datetime.date) -> str:
    """The text of index.html."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=True)
    entries = [
        {"lesson": lesson, "minutes": reading_minutes(lesson), "goal": _first_paragraph(lesson)} for lesson in lessons
    ]
    return environment.get_template("index.html.j2").render(project=PROJECT, entries=entries, date=date)


def _first_paragraph(lesson: ParsedLesson) -> str:
    """With which a lesson says what it is good for; "" if it begins with something else."""
    paragraphs = [block for block in lesson.notebooks[0].introduction if block["t"] == "Para"]
    return text_of(paragraphs[:1]).strip()
