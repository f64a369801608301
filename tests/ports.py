"""Ports for servers that have to be told theirs before they start."""

import os
import socket
from itertools import count

# Below the ports that the kernel gives to clients (from 32768 on Linux, from 49152 elsewhere): one
# of those could be taken before the server binds it. Each of pytest-xdist's processes has a range.
FIRST, RANGE = 10_000, 2_000
worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
# Another run on this machine most likely begins elsewhere.
numbers = count(os.getpid())


def free_port() -> int:
    for number in numbers:
        port = FIRST + worker * RANGE + number % RANGE
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:  # taken
            continue
    raise AssertionError("count() does not end")
