"""Octets that are no ZeroMQ, on the ports of the kernel: any user of the machine can send them."""

import random
import socket

import pytest
import zmq
from front_end import HANG, FrontEnd

PORTS = ["shell", "control", "stdin", "iopub", "hb"]

# Source: "ZeroMQ Message Transport Protocol", versions 1.0, 2.0 and 3.0.
GREETING_2 = b"\xff" + bytes(8) + b"\x7f\x01"
GREETING_3 = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48)
SOCKET_TYPES = [b"REQ", b"REP", b"DEALER", b"ROUTER", b"PUB", b"SUB", b"XSUB", b"PAIR", b"no such type"]


def ready(socket_type: bytes, identity: bytes = b"") -> bytes:
    properties = b"".join(
        bytes([len(name)]) + name + len(value).to_bytes(4, "big") + value
        for name, value in ((b"Socket-Type", socket_type), (b"Identity", identity))
    )
    command = b"\x05READY" + properties
    return bytes([4, len(command)]) + command


def junk() -> list[bytes]:
    noise = random.Random(1)
    whole = GREETING_3 + ready(b"DEALER")
    return [
        bytes.fromhex("0100020061"),
        b"GET / HTTP/1.1\r\n\r\n",
        *(noise.randbytes(noise.randrange(1, 200)) for _ in range(20)),
        # A handshake that ends half way, or says what nobody expects.
        *(whole[:length] for length in range(1, len(whole), 7)),
        *(GREETING_2 + bytes([number]) + b"\x00\x00" + b"\x00\x01a" for number in range(12)),
        *(GREETING_3 + ready(socket_type) + b"\x00\x00" for socket_type in SOCKET_TYPES),
        *(GREETING_3 + ready(socket_type) + b"\x01\x01a\x00\x00\x00\x05hello" for socket_type in SOCKET_TYPES),
        # A frame that says that it has 2 ** 63 octets, a command that nobody knows, a command without a name.
        whole + b"\x02\x80" + bytes(7),
        whole + b"\x04\x08\x07UNKNOWN",
        whole + b"\x04\x00",
    ]


@pytest.mark.parametrize("port", PORTS)
def test_junk_is_ignored(kernel: FrontEnd, port: str) -> None:
    for octets in junk():
        with socket.create_connection(("127.0.0.1", getattr(kernel.kernel, f"{port}_port")), timeout=HANG) as peer:
            peer.sendall(octets)
            peer.shutdown(socket.SHUT_WR)
            try:
                # Until the kernel has read all of it, and closes.
                while peer.recv(1000):
                    pass
            except ConnectionResetError:
                pass
        assert kernel.is_alive(), octets
    assert heartbeat(kernel, b"still here") == b"still here"
    assert kernel.ok("'still here'").result == "'still here'"


def heartbeat(kernel: FrontEnd, octets: bytes) -> bytes:
    with zmq.Context.instance().socket(zmq.REQ) as asking:
        asking.linger = 0
        asking.connect(f"tcp://127.0.0.1:{kernel.kernel.hb_port}")
        asking.send(octets)
        assert asking.poll(int(HANG * 1000)), "the heart does not beat"
        return asking.recv()
