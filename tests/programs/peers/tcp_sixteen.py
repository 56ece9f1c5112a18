"""Sixteen octets in each direction in Python: what programs/tcp-sixteen.ts is held against.
Usage: tcp_sixteen.py server|client HOST -p PORT"""

import socket
import sys


def receive(sock: socket.socket, length: int) -> bytes:
    data = sock.recv(length, socket.MSG_WAITALL)
    if len(data) < length:
        raise EOFError(f"was expecting {length} bytes but only received {len(data)} bytes before the socket closed")
    return data


_, role, host, _, port = sys.argv
if role == "server":
    with socket.create_server((host, int(port)), backlog=1) as listener:
        print("Listening at", listener.getsockname(), flush=True)
        while True:
            print("Waiting to accept a new connection", flush=True)
            connection, address = listener.accept()
            print("We have accepted a connection from", address)
            print(" Socket name:", connection.getsockname())
            print(" Socket peer:", connection.getpeername())
            print(" Incoming sixteen-octet message:", receive(connection, 16))
            connection.sendall(b"Farewell, client")
            connection.close()
            print(" Reply sent, socket closed", flush=True)
else:
    with socket.create_connection((host, int(port))) as sock:
        print("Client has been assigned socket name", sock.getsockname())
        sock.sendall(b"Hi there, server")
        print("The server said", receive(sock, 16))
