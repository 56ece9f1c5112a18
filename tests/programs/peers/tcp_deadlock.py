"""Talking much in Python, on sockets that block: what programs/tcp-deadlock.ts is held against. The client shuts its
direction down when everything is sent, and only then receives.
Usage: tcp_deadlock.py server|client HOST OCTETS -p PORT"""

import socket
import sys

_, role, host, octets, _, port = sys.argv
if role == "server":
    with socket.create_server((host, int(port))) as listener:
        print("Listening at", listener.getsockname(), flush=True)
        while True:
            connection, _ = listener.accept()
            with connection:
                while data := connection.recv(1024):
                    connection.sendall(data.upper())
else:
    with socket.create_connection((host, int(port))) as sock:
        sock.sendall((b"Hi there, server" * (int(octets) // 16 + 1))[: int(octets)])
        sock.shutdown(socket.SHUT_WR)
        received = b""
        while data := sock.recv(65536):
            received += data
        assert received == (b"HI THERE, SERVER" * (int(octets) // 16 + 1))[: int(octets)]
        print(f"received {len(received)} octets")
