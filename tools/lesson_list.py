"""The lessons in the folder that a server shows, for the launcher and the menu of its pages, which extension/ makes."""

from __future__ import annotations

import json
from pathlib import Path

from jupyter_server.base.handlers import APIHandler
from lessons import find_lessons, lesson_title
from tornado.web import authenticated


def lesson_list(root: Path) -> list[dict]:
    """Each lesson in `root`/notebooks, in order: its name, its title, and the paths of its notebooks."""
    return [
        {
            "name": name,
            "title": lesson_title(notebooks),
            "notebooks": [notebook.relative_to(root).as_posix() for notebook in notebooks],
        }
        for name, notebooks in find_lessons(root / "notebooks").items()
    ]


class LessonsHandler(APIHandler):
    @authenticated
    def get(self) -> None:
        self.finish(json.dumps(lesson_list(Path(self.contents_manager.root_dir))))


default_handlers = [(r"/api/lessons", LessonsHandler)]
