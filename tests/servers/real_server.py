"""llama.cpp's own HTTP server with a model, until its input ends: `real_server.py MODEL N_CTX`.

Prints its address on a line of its own.
"""

from __future__ import annotations

import os
import sys

import xllamacpp


def main():
    address = os.dup(1)
    os.dup2(2, 1)
    params = xllamacpp.CommonParams()
    params.model.path = sys.argv[1]
    params.n_ctx = int(sys.argv[2])
    params.n_parallel = 1
    params.verbosity = 1
    server = xllamacpp.Server(params)
    os.write(address, server.listening_address.encode() + b"\n")
    sys.stdin.buffer.read()
    os._exit(0)


main()
