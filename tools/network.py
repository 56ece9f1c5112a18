"""A network of its own for the kernels of a lesson: as the kernel of Linux has it, in a namespace that no root is
needed for (user_namespaces(7), network_namespaces(7)).

A process holds the network, captures what travels on it, and ends when no kernel is left in it: each kernel has the
writing end of a FIFO open, and so has Jupyter while it starts kernels; the holder reads it to its end. However they
end, the system closes their ends.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from asyncio import Lock, to_thread
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

REPOSITORY = Path(__file__).parent.parent

# The address that is not loopback, where the host's name means none: one for tests (RFC 2544).
ADDRESS = "198.18.0.1"

_UNSHARE = ["unshare", "--user", "--map-current-user", "--keep-caps", "--net", "--"]

# The two ends of a cable, as the interface of a machine that is on a network.
_SET_UP = """
exec 3<"$LIFE"
ip link set lo up
ip link add host0 type veth peer name host1
for address in $ADDRESSES; do ip address add "$address/32" dev host0; done
ip link set host0 up
ip link set host1 up
echo made
exec "$@" <&3 3<&-
"""

_ENTER = 'exec 9>"$0" && exec "$@"'


class NetworkError(Exception):
    """Why there is no network of its own."""


def problem() -> str | None:
    """Why the kernels of this machine have no network of their own, or None where they have."""
    if os.environ.get("NETWORK") == "host":
        return "NETWORK=host chooses the host's"
    if not sys.platform.startswith("linux"):
        return "this needs Linux"
    try:
        subprocess.run([*_UNSHARE, "ip", "link", "add", "type", "veth"], check=True, capture_output=True, text=True)
    except OSError as error:
        return f"{error.filename} is missing (util-linux 2.38 and iproute2 have what is needed)"
    except subprocess.CalledProcessError as error:
        return f"the system does not allow it ({error.stderr.strip().splitlines()[0]})"
    return None


def _addresses() -> list[str]:
    """What the host's name means, so that it means the same in the network."""
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    except OSError:
        found = set()
    return sorted(one for one in found if not one.startswith("127.")) or [ADDRESS]


class Network:
    """The network of one lesson, from its first kernel on."""

    def __init__(self) -> None:
        """Raises NetworkError where the system does not allow it."""
        if why := problem():
            raise NetworkError(why)
        self.folder = Path(tempfile.mkdtemp(prefix="network-"))
        self._life = self.folder / "life"
        os.mkfifo(self._life, 0o600)
        # Reading too, so that opening it does not wait for a reader.
        self._keep = os.open(self._life, os.O_RDWR)
        node = ["node", "--require", "ts-node/register/transpile-only", "tools/network.ts", str(self.folder)]
        self._holder = subprocess.Popen(
            [*_UNSHARE, "sh", "-ec", _SET_UP, "-", *node],
            cwd=REPOSITORY,
            env={**os.environ, "ADDRESSES": " ".join(_addresses()), "LIFE": str(self._life)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._holder.stdout is not None
        with self._holder.stdout as output:
            is_made = output.readline() == b"made\n"
        if not is_made:
            self.leave()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise NetworkError("it could not be set up")

    def command(self, command: list[str]) -> list[str]:
        """The command, to run in this network with the rights of whoever calls it."""
        target = f"--target={self._holder.pid}"
        enter = ["nsenter", target, "--preserve-credentials", "--user", "--net", "--"]
        return [*enter, "sh", "-c", _ENTER, str(self._life), *command]

    def environment(self) -> dict[str, str]:
        return {"NETWORK_FOLDER": str(self.folder)}

    def leave(self) -> None:
        """No kernel is to come any more; the holder ends with the last that is there."""
        os.close(self._keep)
        try:
            self._holder.wait(timeout=10)
        except subprocess.TimeoutExpired:  # a program that a kernel has left behind is still there
            self._holder.kill()
            self._holder.wait()
            shutil.rmtree(self.folder, ignore_errors=True)


_networks: dict[str, Network] = {}
_users: dict[str, int] = {}

# The kernels of a pair start at the same time, and only the first makes their network.
_making = Lock()


def lesson_of(session: str) -> str:
    """What the two notebooks of a pair have in common, of the path of one of them."""
    return Path(session).stem.removesuffix("-server").removesuffix("-client")


class NetworkProvisioner(LocalProvisioner):
    """Starts a kernel in the network of its lesson, or in the host's where there can be none."""

    _lesson: str | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        environment = kwargs.get("env", os.environ)
        lesson = lesson_of(environment.get("JPY_SESSION_NAME", ""))
        try:
            async with _making:
                if lesson not in _networks:
                    _networks[lesson] = await to_thread(Network)
                network = _networks[lesson]
                if self._lesson is None:
                    self._lesson = lesson
                    _users[lesson] = _users.get(lesson, 0) + 1
        except NetworkError as error:
            kwargs["env"] = {**environment, "NETWORK_PROBLEM": str(error)}
            return await super().pre_launch(**kwargs)
        kwargs["env"] = {**environment, **network.environment()}
        self.parent.transport = "ipc"
        self.parent.ip = str(network.folder / self.kernel_id)
        kwargs = await super().pre_launch(**kwargs)
        kwargs["cmd"] = network.command(kwargs["cmd"])
        return kwargs

    async def cleanup(self, restart: bool = False) -> None:
        await super().cleanup(restart)
        if restart or self._lesson is None:
            return
        lesson, self._lesson = self._lesson, None
        _users[lesson] -= 1
        if _users[lesson] == 0:
            await to_thread(_networks.pop(lesson).leave)


def use_own_networks() -> None:
    """Has every kernel that this process starts be in the network of its lesson."""
    os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = "network"


if __name__ == "__main__":
    print(problem() or "each lesson has a network of its own")
