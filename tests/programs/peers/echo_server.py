"""The text's echo server in Python: what the echo servers of programs/ are held against.
Usage: echo_server.py HOST PORT"""

import socket
import sys

with socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=1) as listener:
    print(f"starting up on {sys.argv[1] or listener.getsockname()[0]} port {listener.getsockname()[1]}", flush=True)
    while True:
        print("waiting for a connection", flush=True)
        connection, client_address = listener.accept()
        with connection:
            print("connection from", client_address, flush=True)
            while True:
                data = connection.recv(16)
                print(f"received {data}", flush=True)
                if not data:
                    print("no data from", client_address, flush=True)
                    break
                print("sending data back to the client", flush=True)
                connection.sendall(data)
