"""All the files, made in a folder of their own and put in place together."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from lessons import Lesson, read_lessons
from nbformat import NotebookNode
from run_conversation import converse
from run_side_by_side import side_by_side

from handout.handout import VERSIONS, ParsedLesson, make_handout, parse_lesson, today
from handout.html import to_page
from handout.index import read_articles, to_article, to_index
from handout.pdf import to_pdf
from handout.script import to_script
from handout.slides import to_slides

_OURS = re.compile(r"index\.html|\d\d-.+-(reading|worksheet)\.(html|pdf)|\d\d-.+-slides\.html|\d\d-.+\.ts")


async def outputs_of(lesson: Lesson, stored: bool) -> dict[Path, NotebookNode]:
    """The lesson's notebooks with the outputs that they have, or with those of a run now."""
    if stored:
        return {notebook.path: notebook.node for notebook in lesson.notebooks}
    started = time.monotonic()
    executed = await converse(lesson, lambda line: None)
    print(f"{lesson.name}  run in {time.monotonic() - started:.1f} s", flush=True)
    return {notebook.path: node for notebook, node in zip(lesson.notebooks, executed, strict=True)}


async def write_lesson(lesson: ParsedLesson, folder: Path) -> None:
    """Writes a lesson's files, each made in a thread of its own."""
    made = []
    for version in VERSIONS:
        handout = make_handout(lesson, version, today())
        made.append((f"{handout.file}.html", asyncio.to_thread(lambda h: to_page(h).encode(), handout)))
        made.append((f"{handout.file}.pdf", asyncio.to_thread(to_pdf, handout)))
    slides = make_handout(lesson, "reading", today())
    made.append((f"{lesson.name}-slides.html", asyncio.to_thread(lambda: to_slides(slides).encode())))
    contents = await asyncio.gather(*(content for _, content in made))
    for (name, _), content in zip(made, contents, strict=True):
        (folder / name).write_bytes(content)
    for notebook in lesson.notebooks:
        (folder / f"{notebook.name}.ts").write_text(to_script(notebook), encoding="utf-8")


async def build(notebooks: Path, output: Path, only: str | None, stored: bool) -> None:
    """Makes the handouts. Raises LessonError or HandoutError, before anything in the output folder has changed."""
    output.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".new-", dir=output) as name:
        folder = Path(name)
        articles = {} if only is None else read_articles(output / "index.html")
        for nodes in await side_by_side(lambda lesson: outputs_of(lesson, stored), read_lessons(notebooks, only)):
            started = time.monotonic()
            lesson = parse_lesson(nodes)
            articles[lesson.name] = to_article(lesson)
            await write_lesson(lesson, folder)
            print(f"{lesson.name}  made in {time.monotonic() - started:.1f} s", flush=True)
        (folder / "index.html").write_text(to_index(articles, today()), encoding="utf-8")
        made = {path.name for path in folder.iterdir()}
        for path in folder.iterdir():
            path.replace(output / path.name)
        if only is None:
            for path in output.iterdir():
                if _OURS.fullmatch(path.name) and path.name not in made:
                    path.unlink()
