"""The second interpreter of the text's exercise: what programs/flow-client.ts is held against.
Usage: flow_client.py PORT"""

import socket
import sys

with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_IP) as client_socket:
    client_socket.connect(("127.0.0.1", int(sys.argv[1])))
    client_socket.sendall(b"Hey, can you hear me?")
    client_socket.shutdown(socket.SHUT_WR)
    print(f"received {client_socket.recv(32)}")
