"""The handouts in JupyterLab's menu File, Save and Export Notebook As.

JupyterLab shows the name of an exporter that it does not know with a capital letter, and asks the server for it by the
same name; the server's own handler takes only letters, digits and underscores for a name. So the server lists the two
under the names that the menu is to show, and answers to them.
"""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any

from jupyter_server.base.handlers import path_regex
from jupyter_server.nbconvert.handlers import NbconvertFileHandler
from jupyter_server.services.nbconvert.handlers import NbconvertRootHandler
from lessons import lesson_name
from tornado.web import authenticated

SHOWN = {"handout-html": "handout (HTML)", "handout-pdf": "handout (PDF)"}
_EXPORTERS = {shown: name for name, shown in SHOWN.items()}


class FormatsHandler(NbconvertRootHandler):
    """The list of exporters."""

    def finish(self, chunk: Any = None) -> Any:
        formats = json.loads(chunk)
        return super().finish(json.dumps({SHOWN.get(name, name): formats[name] for name in formats}))


class HandoutHandler(NbconvertFileHandler):
    """A handout to download, under the name that it has in handouts/."""

    @authenticated
    async def get(self, format: str, path: str) -> None:
        await super().get(_EXPORTERS[format], path)

    def set_attachment_header(self, filename: str) -> None:
        file = PurePath(filename)
        super().set_attachment_header(f"{lesson_name(file.stem)}-reading{file.suffix}")


default_handlers = [
    (r"/api/nbconvert", FormatsHandler),
    (rf"/nbconvert/(?P<format>handout(?:%20| )\((?:HTML|PDF)\)){path_regex}", HandoutHandler),
]
