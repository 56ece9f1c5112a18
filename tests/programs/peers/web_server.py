"""A web server in Python for programs/http-get.ts: one reply of 19,427 octets, in uneven pieces, to each client.
Usage: web_server.py HOST PORT"""

import socket
import sys
import time
from pathlib import Path

PAGE = b"<h1>Socket Communications</h1>\n" + b"line\n" * 3870 + b"end\n"
REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE
PIECES = (600, 4096, 1, 9000, len(REPLY))


def has_unread_octets(client: tuple[str, int]) -> bool:
    """Whether an IPv4 client on this machine has still to receive what has come for it (proc_net_tcp in the kernel's
    documentation): else the pieces would join."""
    host, port = client
    address = f"{int.from_bytes(socket.inet_aton(host), sys.byteorder):08X}:{port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    return any(row[1] == address and not row[4].endswith(":00000000") for row in rows)


with socket.create_server((sys.argv[1], int(sys.argv[2]))) as listener:
    print(f"starting up on {sys.argv[1]} port {listener.getsockname()[1]}", flush=True)
    while True:
        print("waiting for a connection", flush=True)
        connection, client_address = listener.accept()
        with connection:
            print("connection from", client_address, flush=True)
            request = b""
            while data := connection.recv(1024):
                request += data
            print(f"received {request}", flush=True)
            sent = 0
            for size in PIECES:
                connection.sendall(REPLY[sent : sent + size])
                sent += size
                while has_unread_octets(client_address):
                    time.sleep(0.001)
