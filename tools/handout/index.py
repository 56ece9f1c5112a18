"""The page that lists the handouts: an article for each lesson, which is kept where the lesson is not made anew."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from handout.handout import ParsedLesson, reading_minutes
from handout.page import PROJECT, TEMPLATES
from handout.prose import text_of


def to_article(lesson: ParsedLesson) -> str:
    """A lesson's place in the list."""
    template = _environment().get_template("article.html.j2")
    return template.render(lesson=lesson, minutes=reading_minutes(lesson), goal=_first_paragraph(lesson))


def read_articles(index: Path) -> dict[str, str]:
    """The articles of an index.html by the names of their lessons; none where there is no such file."""
    if not index.exists():
        return {}
    page = BeautifulSoup(index.read_text(encoding="utf-8"), "html.parser")
    return {str(article["id"]): str(article) for article in page.find_all("article", id=True)}


def to_index(articles: Mapping[str, str], date: datetime.date) -> str:
    """The text of index.html."""
    listed = [Markup(articles[name]) for name in sorted(articles)]
    return _environment().get_template("index.html.j2").render(project=PROJECT, articles=listed, date=date)


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _first_paragraph(lesson: ParsedLesson) -> str:
    """With which a lesson says what it is good for; "" if it begins with something else."""
    paragraphs = [block for block in lesson.notebooks[0].introduction if block["t"] == "Para"]
    return text_of(paragraphs[:1]).strip()
