"""The files of a server, as JupyterLab's file browser lists them."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado.web import HTTPError


class ContentsManager(AsyncLargeFileManager):
    """Jupyter's own, which takes a whole folder for missing when a file in it goes while it is listed, as one does that
    is given another name; JupyterLab then says "Directory not found" in a dialog that is in every other thing's way."""

    async def get(self, path: str, content: bool = True, **kwargs: Any) -> dict[str, Any]:
        """The model of a file or a folder. Raises HTTPError, with 404 where there is none."""
        while True:
            try:
                return await super().get(path, content, **kwargs)
            except HTTPError as error:
                # Nothing else than a file that has gone gives 404 for a folder that is there and may be shown.
                is_folder = content and await self.dir_exists(path)
                if error.status_code != 404 or not is_folder or await self.is_hidden(path):
                    raise
