"""Holds a network and captures what travels on it, for the programs that are in it: see network.py, which starts it.

    python -IS network_holder.py FOLDER

Who connects to the Unix-domain socket `capture` in that folder is sent the newest packets. Who sends `cable` the number
of a process and a name has the network of that process joined to this one (cable.sh). When its standard input has ended
and no other program is in the network, it ends, and takes the folder with it.
"""

import os
import select
import shutil
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from mmap import mmap
from pathlib import Path
from socket import AF_PACKET, AF_UNIX, SOCK_DGRAM, socket

MOST_PACKETS = 10_000
MOST_OCTETS = 96
"""How many packets are kept, and how many octets of each."""

PAUSE = 0.02
"""Seconds after which the ring is emptied again while packets come."""

# packet(7) and <linux/if_packet.h>
ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_RX_RING = 5
PACKET_STATISTICS = 6
PACKET_VERSION = 10
PACKET_IGNORE_OUTGOING = 23
TPACKET_V2 = 1
TP_STATUS_KERNEL = 0

FRAME = 256
BLOCK = 2**16
BLOCKS = 64
FRAMES = BLOCK // FRAME * BLOCKS
"""The ring has room for so many packets that come while it is not emptied."""

HEAD = struct.Struct("=IIIHHII")
"""The beginning of struct tpacket2_hdr: status, length, octets kept, where they begin for Ethernet and for IP, time."""


class Ring:
    """The IP packets of an interface.

    The system puts each into a ring of frames in shared memory, and nobody is woken for each.
    """

    def __init__(self, interface: str) -> None:
        self._socket = socket(AF_PACKET, SOCK_DGRAM, 0)
        # On `lo` each packet goes out and comes in, and once is enough.
        self._socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, interface == "lo")
        self._socket.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V2)
        self._socket.setsockopt(SOL_PACKET, PACKET_RX_RING, struct.pack("=IIII", BLOCK, BLOCKS, FRAME, FRAMES))
        self._ring = mmap(self._socket.fileno(), BLOCK * BLOCKS)
        self._words = memoryview(self._ring).cast("I")
        self._next = 0
        # With the protocol packets begin to come, and not before there is a ring for them.
        self._socket.bind((interface, ETH_P_ALL))

    def fileno(self) -> int:
        return self._socket.fileno()

    def take(self, frames: deque[bytes]) -> int:
        """Takes what has come until now, and returns how many there were."""
        count = 0
        while count < FRAMES and self._words[self._next * (FRAME // 4)] != TP_STATUS_KERNEL:
            at = self._next * FRAME
            frames.append(self._ring[at : at + FRAME])
            self._words[at // 4] = TP_STATUS_KERNEL
            self._next = (self._next + 1) % FRAMES
            count += 1
        return count

    def missed(self) -> int:
        """How many came too fast to be taken since the last question."""
        return struct.unpack("=II", self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]


class Capture:
    """The newest IP packets of this network: of `lo`, and of the cables to other networks."""

    def __init__(self) -> None:
        self._rings = {"lo": Ring("lo")}
        self._frames: deque[bytes] = deque(maxlen=MOST_PACKETS)
        self._count = 0
        self._missed = 0

    def fileno(self) -> int:
        """Of `lo`: what is on a cable is taken with it, or when somebody asks."""
        return self._rings["lo"].fileno()

    def watch(self, interface: str) -> None:
        self.take()
        self._rings[interface] = Ring(interface)

    def take(self) -> bool:
        """Takes what has come until now, and returns whether there was anything."""
        count = sum(ring.take(self._frames) for ring in self._rings.values())
        self._count += count
        return count > 0

    def written(self) -> bytes:
        """How many older packets there were, how many came too fast to be taken, and what the clock that nobody sets
        has to be added to for the time of day; then of each packet its time in nanoseconds since 1970, its length, how
        many of its octets there are, and these."""
        self.take()
        self._missed += sum(ring.missed() for ring in self._rings.values())
        offset = time.time_ns() - time.monotonic_ns()
        parts = [struct.pack("!IIQ", self._count - len(self._frames), self._missed, offset)]
        for frame in sorted(self._frames, key=time_of) if len(self._rings) > 1 else self._frames:
            _, length, kept, _, start, seconds, nanoseconds = HEAD.unpack_from(frame)
            octets = frame[start : start + min(kept, MOST_OCTETS)]
            parts += [struct.pack("!QII", seconds * 10**9 + nanoseconds, length, len(octets)), octets]
        return b"".join(parts)


def time_of(frame: bytes) -> tuple[int, ...]:
    return HEAD.unpack_from(frame)[5:]


def join(connection: socket, capture: Capture, names: list[str]) -> bytes:
    """Joins the network of a process to this one, and returns the addresses of the cable's ends, or what was wrong."""
    process, name = connection.recv(1024).decode().split()
    if name not in names:
        names.append(name)
    cable = ["sh", str(Path(__file__).with_name("cable.sh")), str(int(process)), name, str(names.index(name))]
    made = subprocess.run(cable, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode == 0:
        capture.watch(f"to-{name}")
    return made.stdout


def listening(path: str) -> socket:
    server = socket(AF_UNIX)
    server.bind(path)
    server.listen()
    return server


def main(folder: str) -> None:
    capture = Capture()
    server, cables = listening(f"{folder}/capture"), listening(f"{folder}/cable")
    names: list[str] = []
    print("made", flush=True)
    is_busy = False
    while True:
        # While packets come, nobody waits for each of them: it would cost more than they do.
        awaited = [sys.stdin, server, cables, *([] if is_busy else [capture])]
        ready, _, _ = select.select(awaited, [], [], PAUSE if is_busy else None)
        is_busy = capture.take()
        if sys.stdin in ready:
            break
        if server in ready:
            answer(server, lambda _: capture.written())
        if cables in ready:
            answer(cables, lambda connection: join(connection, capture, names))
    while is_inhabited():
        time.sleep(0.5)
    shutil.rmtree(folder, ignore_errors=True)


def answer(server: socket, question: Callable[[socket], bytes]) -> None:
    connection, _ = server.accept()
    with connection:
        # Longer than a program takes that has not gone.
        connection.settimeout(10)
        with suppress(OSError, ValueError):
            connection.sendall(question(connection))


def is_inhabited() -> bool:
    """Whether other programs are in this network."""
    own = Path("/proc/self/ns/net").stat().st_ino
    for process in Path("/proc").iterdir():
        with suppress(OSError):  # it has ended, or is somebody else's
            if (
                process.name.isdigit()
                and (process / "ns/net").stat().st_ino == own
                and process.name != str(os.getpid())
            ):
                return True
    return False


if __name__ == "__main__":
    main(sys.argv[1])
