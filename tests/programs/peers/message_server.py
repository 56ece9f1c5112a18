"""The text's server that replies "message received" in Python: what programs/message-server.ts is held against.
Usage: message_server.py PORT"""

import socket
import sys

with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as server_socket:
    server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server_socket.bind(("127.0.0.1", int(sys.argv[1])))
    server_socket.listen(1)
    print(f"starting up on 127.0.0.1 port {server_socket.getsockname()[1]}", flush=True)
    while True:
        print("waiting for a connection", flush=True)
        connection, client_address = server_socket.accept()
        with connection:
            print("connection from", client_address, flush=True)
            print(f"received {connection.recv(16)}", flush=True)
            connection.sendall(b"message received")
            connection.shutdown(socket.SHUT_WR)
