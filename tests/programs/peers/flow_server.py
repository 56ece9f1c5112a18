"""The first interpreter of the text's exercise: what programs/flow-server.ts is held against.
Usage: flow_server.py PORT"""

import socket
import sys

with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_IP) as server_socket:
    server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server_socket.bind(("127.0.0.1", int(sys.argv[1])))
    server_socket.listen(1)
    print(f"starting up on 127.0.0.1 port {server_socket.getsockname()[1]}", flush=True)
    print("waiting for a connection", flush=True)
    conn, addr = server_socket.accept()
    with conn:
        print("connection from", addr, flush=True)
        print(f"received {conn.recv(32)}", flush=True)
        conn.sendall(b"Yes, I hear you.")
