"""Sixteen octets in each direction in Python: what programs/tcp-sixteen-erle.ts is held against.
Usage: tcp_sixteen_erle.py server|client HOST -p PORT"""

import socket
import sys


def receive(sock: socket.socket, length: int) -> str:
    """As text, which is what octets are in Python 2."""
    data = sock.recv(length, socket.MSG_WAITALL)
    if len(data) < length:
        raise EOFError(f"socket closed {len(data)} bytes into a {length}-byte message")
    return data.decode("ascii")


_, role, host, _, port = sys.argv
if role == "server":
    with socket.create_server((host, int(port)), backlog=1) as listener:
        while True:
            print("Listening at", listener.getsockname(), flush=True)
            connection, address = listener.accept()
            print("We have accepted a connection from", address)
            print("Socket connects", connection.getsockname(), "and", connection.getpeername())
            print("The incoming sixteen-octet message says", repr(receive(connection, 16)))
            connection.sendall(b"Farewell, client")
            connection.close()
            print("Reply sent, socket closed", flush=True)
else:
    with socket.create_connection((host, int(port))) as sock:
        print("Client has been assigned socket name", sock.getsockname())
        sock.sendall(b"Hi there, server")
        print("The server said", repr(receive(sock, 16)))
