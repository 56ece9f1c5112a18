"""A hub on loopback, from start to end, with nothing left of it afterwards."""

import asyncio
import os
import signal
import socket
import sys
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import psutil
from marked import kill_marked, marked

HUB_MARK = "CLASS_HUB"
"""A variable in the environment of the hub and its proxy, and of all that the readers run."""


CONFIG = Path(__file__).with_name("jupyterhub_config.py")


class HubError(Exception):
    """The hub does not start."""


@dataclass(frozen=True)
class Hub:
    address: str
    folder: Path
    mark: str

    def home(self, reader: str) -> Path:
        return self.folder / "homes" / reader

    def processes(self) -> dict[str, list[psutil.Process]]:
        """What runs for each reader by his name, and for the hub by the empty one."""
        found: dict[str, list[psutil.Process]] = {}
        for process in marked(HUB_MARK, self.mark):
            found.setdefault(process.info["environ"].get("JUPYTERHUB_USER", ""), []).append(process)
        return found


@asynccontextmanager
async def running_hub(
    readers: Sequence[str], first_user: int = 0, config: Path = CONFIG, within: Sequence[str] = ()
) -> AsyncIterator[Hub]:
    """Starts a hub for these readers, by a command that runs commands (`within`), if there is one, and waits until it
    answers. Each reader is a user of the system, from the number `first_user` on, or where that is 0, all are the one
    who calls. At the end no process is left, and no file.

    Raises HubError.
    """
    mark = uuid.uuid4().hex
    with TemporaryDirectory(prefix="class-") as folder:
        port, *others = _free_ports(3)
        hub = Hub(f"http://127.0.0.1:{port}", Path(folder), mark)
        # Others enter their homes in `homes`, and not what the hub keeps of passwords and sessions.
        hub.folder.chmod(0o711)
        kept = hub.folder / "hub"
        kept.mkdir(mode=0o700)
        temporary = hub.folder / "tmp"
        temporary.mkdir()
        temporary.chmod(0o1777)
        environment = {
            **os.environ,
            "TMPDIR": str(temporary),
            HUB_MARK: mark,
            "CLASS_READERS": " ".join(readers),
            "CLASS_FIRST_USER": str(first_user),
            "CLASS_PORTS": " ".join(map(str, [port, *others])),
        }
        log = kept / "log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(*within, sys.executable, "-m", "jupyterhub", "--log-level=WARN", f"--config={config}"),
                cwd=kept,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            if not await _answers(f"{hub.address}/hub/health", process):
                raise HubError(f"the hub ended at its start:\n{log.read_text(errors='replace').strip()[-2000:]}")
            yield hub
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                await process.wait()
            kill_marked(HUB_MARK, mark)


async def _answers(address: str, process: asyncio.subprocess.Process) -> bool:
    """Waits for an answer; False where the process has ended instead."""
    async with aiohttp.ClientSession() as http:
        while process.returncode is None:
            try:
                async with http.get(address) as answer:
                    if answer.ok:
                        return True
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.1)
    return False


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]
