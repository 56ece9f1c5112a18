"""A reader at a hub, as with a browser: by forms, cookies, REST and websockets, and with no token of the hub's."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import PurePosixPath
from types import TracebackType
from typing import Any

import aiohttp
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete
from nbformat import NotebookNode
from run_outputs import tidied
from yarl import URL

JUPYTERLAB_ASKS = [
    *["api/kernelspecs", "api/me", "api/kernels", "api/terminals", "api/sessions", "api/nbconvert", "api/contents"],
    *["lab/api/settings", "lab/api/translations/default", "lab/api/workspaces", "lab/api/workspaces/01-echo"],
    "lsp/status",
]
"""What the page asks the server before it shows the notebooks."""


class ReaderError(Exception):
    """What the reader wanted to do was refused, or has failed."""


class Reader:
    """One browser of one reader."""

    def __init__(self, hub: str, name: str) -> None:
        self.name = name
        self._hub = URL(hub) / "hub"
        self.page = URL(hub) / "user" / name
        self._http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            # A browser asks again when a connection that it kept was just closed.
            connector=aiohttp.TCPConnector(force_close=True),
            # An answer takes as long as it takes.
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def __aenter__(self) -> "Reader":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._http.close()

    # --- At the hub ---

    async def log_in(self, password: str) -> None:
        """Raises ReaderError where the hub does not take the name or the password."""
        form = self._hub / "login"
        async with self._http.get(form):
            pass
        data = {"username": self.name, "password": password, "_xsrf": self._xsrf(form)}
        # The hub would lead on to the start of the server.
        async with self._http.post(form, data=data, allow_redirects=False) as answer:
            if answer.status != 302:
                raise ReaderError(f"{self.name} cannot log in: {answer.status}")

    async def start_server(self) -> None:
        """Starts the server, and opens its first page when it is there. Raises ReaderError where it fails."""
        async with self._http.get(self._hub / "spawn") as answer:
            await self._expect(answer)
            waiting = answer.url
        progress = self._hub / "api" / "users" / self.name / "server" / "progress"
        async with self._http.get(progress.with_query(_xsrf=self._xsrf(waiting))) as answer:
            async for line in answer.content:
                if not line.startswith(b"data:"):
                    continue
                event = json.loads(line.removeprefix(b"data:"))
                if event.get("failed"):
                    raise ReaderError(f"the server of {self.name} did not start: {event.get('message')}")
                if event.get("ready"):
                    break
        async with self._http.get(self.page / "lab" / "workspaces" / "01-echo") as answer:
            await self._expect(answer)
        await asyncio.gather(*map(self.ask, JUPYTERLAB_ASKS))

    # --- At the server ---

    async def ask(self, path: str, method: str = "GET", body: dict[str, Any] | None = None) -> Any:
        """What the server's REST API says. Raises ReaderError where it refuses."""
        async with self._request(method, path, json=body) as answer:
            return json.loads(await answer.read() or "null")

    async def status(self, address: URL) -> int:
        """With which status the address answers this browser in the end."""
        async with self._http.get(address) as answer:
            return answer.status

    async def download(self, path: str) -> bytes:
        """Raises ReaderError where the server refuses."""
        async with self._request("GET", path) as answer:
            return await answer.read()

    @asynccontextmanager
    async def _request(self, method: str, path: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        headers = {"X-XSRFToken": self._xsrf(self.page / "")}
        async with self._http.request(method, URL(f"{self.page}/{path}"), headers=headers, **options) as answer:
            await self._expect(answer)
            yield answer

    async def open(self, notebook: str) -> str:
        """Opens a notebook with a kernel of its own; the kernel's id."""
        name = PurePosixPath(notebook).name
        wanted = {"path": notebook, "name": name, "type": "notebook", "kernel": {"name": "tslab"}}
        session = await self.ask("api/sessions", "POST", wanted)
        return session["kernel"]["id"]

    async def run_all(self, notebook: str, kernel: str) -> NotebookNode:
        """Runs all cells of a notebook. Returns it as it is then. Raises ReaderError as `run` does."""
        content = await self.ask(f"api/contents/{notebook}?content=1")
        return await self.run(nbformat.from_dict(content["content"]), kernel)

    async def run(self, notebook: NotebookNode, kernel: str) -> NotebookNode:
        """Runs all cells of a notebook as the menu does, which asks for all of them at once. Returns the notebook.

        Raises ReaderError at the first cell that fails and may not.
        """
        channels = self.page / "api" / "kernels" / kernel / "channels"
        async with self._http.ws_connect(channels, origin=str(self._hub.origin()), max_msg_size=0) as socket:
            outputs = NotebookClient(notebook, record_timing=False)
            # As nbclient does before it executes; here it only puts together what comes.
            outputs.reset_execution_trackers()
            outputs.clear_before_next_output = False
            asked = {}
            for index, cell in enumerate(notebook.cells):
                if cell.cell_type == "code":
                    cell.outputs = []
                    request = _execute_request(cell)
                    asked[request["header"]["msg_id"]] = index
                    await socket.send_json(request)
            idle, replied = set(asked), set(asked)
            while idle or replied:
                received = await socket.receive()
                if received.type is not aiohttp.WSMsgType.TEXT:
                    raise ReaderError(f"{self.name}: the connection to a kernel has ended")
                message = json.loads(received.data)
                parent = message["parent_header"].get("msg_id")
                if parent not in asked:
                    continue
                cell = notebook.cells[asked[parent]]
                if message["channel"] == "iopub":
                    try:
                        outputs.process_message(message, cell, asked[parent])
                    except CellExecutionComplete:
                        idle.discard(parent)
                elif message["msg_type"] == "execute_reply":
                    self._judge(cell, message["content"])
                    replied.discard(parent)
        for index in asked.values():
            cell = notebook.cells[index]
            cell.outputs = tidied(cell.outputs)
        return notebook

    def _judge(self, cell: NotebookNode, reply: dict[str, Any]) -> None:
        must_fail = "raises-exception" in cell.metadata.get("tags", [])
        if (reply["status"] == "error") != must_fail:
            said = (
                f"{reply['ename']}: {reply['evalue']}" if "ename" in reply else f"the kernel answered {reply['status']}"
            )
            raise ReaderError(f"{self.name}: cell {cell.id}: {said}")

    async def _expect(self, answer: aiohttp.ClientResponse) -> None:
        if not answer.ok:
            said = (await answer.text())[:200]
            raise ReaderError(f"{self.name}: {answer.method} {answer.url.path}: {answer.status} {said}")

    def _xsrf(self, page: URL) -> str:
        """What the page has to send back, so that the server knows that the page is its own."""
        cookie = self._http.cookie_jar.filter_cookies(page).get("_xsrf")
        return cookie.value if cookie else ""


def _execute_request(cell: NotebookNode) -> dict[str, Any]:
    return {
        "channel": "shell",
        "header": {
            "msg_id": uuid.uuid4().hex,
            "msg_type": "execute_request",
            "username": "",
            "session": uuid.uuid4().hex,
            "date": "",
            "version": "5.3",
        },
        "parent_header": {},
        "metadata": {"cellId": cell.id},
        "buffers": [],
        "content": {
            "code": cell.source,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": True,
            "stop_on_error": "raises-exception" not in cell.metadata.get("tags", []),
        },
    }
