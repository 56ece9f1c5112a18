"""What deploy/jupyterhub_config.py asks of Docker for a reader, told by a daemon that only writes it down."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any

import pytest
from classroom.hub import running_hub
from classroom.reader import Reader, ReaderError

CONFIG = Path(__file__).with_name("docker_config.py")


class Daemon(ThreadingMixIn, UnixStreamServer):
    """Docker's API: it has the image, creates containers in its notes, and starts none."""

    daemon_threads = True

    def __init__(self, place: Path) -> None:
        self.created: list[dict[str, Any]] = []
        super().__init__(str(place), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Daemon

    def do_GET(self) -> None:
        if self.path == "/version":
            self.answer(200, {"ApiVersion": "1.44"})
        elif self.path.endswith("/images/sockets/json"):
            self.answer(200, {})
        else:
            self.answer(404, {"message": "none"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "/containers/create" in self.path:
            self.server.created.append(json.loads(body))
            self.answer(201, {"Id": "made"})
        else:
            self.answer(500, {"message": "starts none"})

    def answer(self, status: int, content: object) -> None:
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    place = tmp_path / "docker"
    with Daemon(place) as daemon:
        monkeypatch.setenv("DOCKER_HOST", f"unix://{place}")
        threading.Thread(target=daemon.serve_forever).start()
        yield daemon
        daemon.shutdown()


def test_a_container_that_is_limited_and_alone(daemon: Daemon) -> None:
    async def come() -> None:
        async with running_hub(["ada"], config=CONFIG) as hub, Reader(hub.address, "ada") as reader:
            await reader.log_in("as long as it must be")
            with pytest.raises(ReaderError):
                await reader.start_server()

    asyncio.run(come())
    [asked] = daemon.created
    host = asked["HostConfig"]
    assert host["NetworkMode"] == "class"
    assert not host.get("PortBindings")
    assert (host["CapDrop"], host["SecurityOpt"], host.get("CapAdd")) == (["ALL"], ["no-new-privileges"], None)
    assert (host["Memory"], host["PidsLimit"]) == (1.5 * 2**30, 512)
    assert host["CpuQuota"] == 2 * host["CpuPeriod"]
    assert host["AutoRemove"]
    assert host["Binds"] == ["sockets-ada:/home/jovyan:rw"]
    [command, *arguments] = asked["Cmd"]
    assert command == "jupyterhub-singleuser" and "--MappingKernelManager.cull_idle_timeout=3600" in arguments
    environment = dict(line.split("=", 1) for line in asked["Env"])
    assert environment["JUPYTERHUB_ROOT_DIR"] == "/home/jovyan/sockets"
    assert environment["JUPYTERHUB_DEFAULT_URL"] == "/lab/workspaces/01-echo"
