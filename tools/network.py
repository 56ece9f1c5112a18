"""A network of its own for the kernels of a lesson: as the kernel of Linux has it, in a namespace that no root is
needed for (user_namespaces(7), network_namespaces(7)).

    python tools/network.py                 says whether there can be one here, or why not
    python tools/network.py COMMAND...      runs a command in one

A process holds the network: network_holder.py. It reads a pipe whose other end this process has. However this one ends,
the system closes that, and the holder ends with the last program that is then in the network.
"""

import atexit
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner
from lessons import lesson_name

ADDRESS = "198.18.0.1"
"""The address that is not loopback, where the host's name means none: one for tests (RFC 2544)."""

# The second interface is one end of a cable, as a machine has it that is on a network.
_SET_UP = """
ip link set lo up
ip link add host0 type veth peer name host1
for address in $ADDRESSES; do ip address add "$address/32" dev host0; done
ip link set host0 up
ip link set host1 up
exec "$@"
"""
_UNSHARE = ["unshare", "--user", "--map-current-user", "--keep-caps", "--net", "--", "sh", "-ec", _SET_UP, "network"]
_HOLDER = [sys.executable, "-IS", str(Path(__file__).with_name("network_holder.py"))]


class NetworkError(Exception):
    """Why there is no network of its own."""


class Network:
    """A network in which there are only the programs that are started there."""

    def __init__(self) -> None:
        """Raises NetworkError where there can be none."""
        if os.environ.get("NETWORK") == "host":
            raise NetworkError("NETWORK=host chooses the host's")
        if not sys.platform.startswith("linux"):
            raise NetworkError("this needs Linux")
        self.folder = Path(tempfile.mkdtemp(prefix="network-"))
        life, self._life = os.pipe()
        try:
            self._holder = subprocess.Popen(
                [*_UNSHARE, *_HOLDER, str(self.folder)],
                env={**os.environ, "ADDRESSES": " ".join(_addresses()), "LC_ALL": "C"},
                stdin=life,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        except OSError as error:
            os.close(self._life)
            self.folder.rmdir()
            raise NetworkError(f"util-linux 2.38 has what is needed, {error.filename} is missing") from error
        finally:
            os.close(life)
        assert self._holder.stdout is not None
        with self._holder.stdout as output:
            said = output.readline().strip()
        if said != "made":
            self.end()
            raise NetworkError(f"the system does not allow it: {said}")

    def command(self, command: list[str]) -> list[str]:
        """The command that runs a command in this network, with no more rights than whoever runs it."""
        target = f"--target={self._holder.pid}"
        return ["nsenter", target, "--preserve-credentials", "--user", "--net", "--", *command]

    def start(self, command: list[str], **kwargs: Any) -> subprocess.Popen:
        """Starts a command in this network, as subprocess does."""
        environment = {**os.environ, "NETWORK_FOLDER": str(self.folder)}
        return subprocess.Popen(self.command(command), env=environment, **kwargs)

    def end(self) -> None:
        """Ends the capture and forgets the network. It is gone with the last program in it."""
        os.close(self._life)
        self._holder.kill()
        self._holder.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _addresses() -> list[str]:
    """What the host's name means, so that it means the same in the network."""
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    except OSError:
        found = set()
    return sorted(one for one in found if not one.startswith("127.")) or [ADDRESS]


def problem() -> str | None:
    """Why there can be no network of its own, or None where there can."""
    try:
        Network().end()
    except NetworkError as error:
        return str(error)
    return None


def lesson_of(notebook: str) -> str:
    """The lesson to which the notebook at this path belongs. All that belong to none, a reader's own, are as one."""
    name = Path(notebook).stem
    return lesson_name(name) if re.match(r"\d\d-", name) else ""


_networks: dict[str, Network] = {}
_kernels: dict[str, set[str]] = {}
"""The networks by their lessons, and the kernels that are in each."""


def _join(lesson: str, kernel: str) -> Network:
    network = _networks[lesson] = _networks.get(lesson) or Network()
    _kernels.setdefault(lesson, set()).add(kernel)
    return network


def _leave(kernel: str) -> None:
    for lesson, kernels in list(_kernels.items()):
        kernels.discard(kernel)
        if not kernels:
            del _kernels[lesson]
            _networks.pop(lesson).end()


class NetworkProvisioner(LocalProvisioner):
    """Starts a kernel in the network of its lesson, or in the host's where there can be none."""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        environment = kwargs.get("env", os.environ)
        try:
            network = _join(lesson_of(environment.get("JPY_SESSION_NAME", "")), self.kernel_id)
        except NetworkError as error:
            kwargs["env"] = {**environment, "NETWORK_PROBLEM": str(error)}
            return await super().pre_launch(**kwargs)
        kwargs["env"] = {**environment, "NETWORK_FOLDER": str(network.folder)}
        self.parent.transport = "ipc"
        # A path of a Unix-domain socket has no more than 107 octets.
        self.parent.ip = str(network.folder / self.kernel_id[:8])
        kwargs = await super().pre_launch(**kwargs)
        return {**kwargs, "cmd": network.command(kwargs["cmd"])}

    async def cleanup(self, restart: bool = False) -> None:
        await super().cleanup(restart)
        if not restart:
            _leave(self.kernel_id)


def use_own_networks() -> None:
    """Has every kernel that this process starts be in the network of its lesson."""
    os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = "network"


@atexit.register
def _end_all() -> None:
    """For programs that do not wait until their kernels have ended."""
    for network in _networks.values():
        network.end()


def main(command: list[str]) -> int:
    if not command:
        print(problem() or "each lesson has a network of its own")
        return 0
    try:
        network = Network()
    except NetworkError as error:
        print(f"No network of its own: {error}", file=sys.stderr)
        return 1
    try:
        # Ctrl-C is the command's, which may have something to clear up. SIG_IGN it would inherit.
        signal.signal(signal.SIGINT, lambda *_: None)
        program = network.start(command)
        status = program.wait()
        return status if status >= 0 else 128 - status
    finally:
        network.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
