"""The text's echo client in Python: what programs/echo-client.ts is held against. Usage: echo_client.py HOST PORT"""

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
    print("closing socket")
