"""The text's client of a given host in Python: what programs/echo-client-explicit.ts is held against.
Usage: echo_client_explicit.py HOST PORT"""

import socket
import sys

MESSAGE = b"This is the message.  It will be repeated."

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
    print(f"connecting to {sys.argv[1]} port {sys.argv[2]}")
    sock.connect((sys.argv[1], int(sys.argv[2])))
    print(f"sending {MESSAGE}")
    sock.sendall(MESSAGE)
    received = 0
    while received < len(MESSAGE):
        data = sock.recv(16)
        received += len(data)
        print(f"received {data}")
