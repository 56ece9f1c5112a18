"""A Python that does what a test tells it: the other end of a connection, on Python's own `socket`.

Reads a JSON string of Python source a line and runs it; answers with the value of its last expression, or with
the traceback. Ends, with whatever its threads are doing, when standard input does.
"""

import ast
import hashlib
import json
import os
import random
import socket
import struct
import sys
import textwrap
import threading
import time
import traceback

names = {module.__name__: module for module in (hashlib, os, random, socket, struct, threading, time)}


def run(source):
    tree = ast.parse(textwrap.dedent(source))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<test>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<test>", "eval"), names) if last else None


for line in sys.stdin:
    try:
        answer = json.dumps({"value": run(json.loads(line))})
    except Exception:
        answer = json.dumps({"error": traceback.format_exc()})
    print(answer, flush=True)
os._exit(0)
