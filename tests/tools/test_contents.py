"""The files of a server, as its settings have them listed."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.services.contents.filemanager import AsyncFileContentsManager
from terminal import REPOSITORY
from tornado.web import HTTPError
from traitlets.config import PyFileConfigLoader
from traitlets.utils.importstring import import_item

SETTINGS = REPOSITORY / "tools" / "jupyter" / "jupyter_server_config.py"


def manager(folder: Path) -> AsyncFileContentsManager:
    settings = PyFileConfigLoader(str(SETTINGS)).load_config()
    return import_item(settings.ServerApp.contents_manager_class)(root_dir=str(folder))


def listed(contents: AsyncFileContentsManager, path: str = "") -> list[str]:
    model: dict[str, Any] = asyncio.run(contents.get(path))
    return sorted(entry["name"] for entry in model["content"])


def test_files_that_go_while_their_folder_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ["kept.ts", "Untitled.ipynb", "other.ts"]:
        (tmp_path / name).touch()
    (tmp_path / "nowhere").symlink_to("missing")
    contents = manager(tmp_path)

    def somebody_else(name: str) -> bool:
        if name not in ("kept.ts", "nowhere"):
            (tmp_path / name).unlink()
        return True

    # Asked for each file when it has been found, and before more is read of it.
    monkeypatch.setattr(contents, "should_list", somebody_else)
    assert listed(contents) == ["kept.ts", "nowhere"]


@pytest.mark.parametrize("path", ["missing", "missing.ts", ".hidden"])
def test_what_is_missing_or_hidden_is_not_found(tmp_path: Path, path: str) -> None:
    (tmp_path / ".hidden").mkdir()
    with pytest.raises(HTTPError) as caught:
        listed(manager(tmp_path), path)
    assert caught.value.status_code == 404
