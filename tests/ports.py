"""Ports for servers of tests: such as no system gives to a client, or to who asks for any port. So nobody else has one
by chance, between its choice and its use, or while a test shows that nobody listens there.
"""

import random
import socket
from contextlib import suppress

# Linux gives those from 32768 on, others from 49152; the lessons' have their own.
OURS = range(20_000, 32_768)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has."""
    while True:
        port = random.choice(OURS)
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # an ended connection is no obstacle
            probe.bind(("127.0.0.1", port))
            return port
