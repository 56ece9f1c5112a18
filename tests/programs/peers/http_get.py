"""The text's client of a web server in Python, which receives to the end: what programs/http-get.ts is held against.
Usage: http_get.py HOST PORT"""

import socket
import sys

_, host, port = sys.argv
infos = socket.getaddrinfo(host, port)
info = next(info for info in infos if info[1] == socket.SOCK_STREAM)
with socket.socket(*info[:3]) as sock:
    sock.connect(info[-1])
    sock.sendall(f"GET / HTTP/1.1\r\nHost: {host}{'' if port == '80' else f':{port}'}\r\n\r\n".encode())
    sock.shutdown(socket.SHUT_WR)
    response = b""
    while part := sock.recv(4096):
        response += part
    print(len(response))
