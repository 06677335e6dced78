"""A model hub as far as a download needs it: ranges, redirects to a store, broken transfers."""

from __future__ import annotations

import time

from faulty import FaultyHandler, FaultyServer, running


class HubHandler(FaultyHandler):
    """Faults: `break` (after half of what is left), `wrong`, `too_much`, `ignore_range`, `slow`."""

    def answer(self, body, fault):
        server = self.server
        if server.store_path and self.path != server.store_path:
            self.raw(302, b"", "text/plain", Location=server.url + server.store_path)
            return
        fault = server.faults.popleft() if server.faults else ""
        if fault == "missing":
            self.raw(404, b"Entry not found", "text/plain")
            return
        wanted = self.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        start = 0 if fault == "ignore_range" else start
        data = server.data[start:]
        if fault == "wrong":
            data = bytes(len(data))
        if fault == "too_much":
            data += b"more"
        self.send_response(206 if start else 200)
        if start:
            end = len(server.data)
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{end}")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if fault == "break":
            self.wfile.write(data[: len(data) // 2])
            self.hang_up()
        elif fault == "slow":
            for begin in range(0, len(data), 1 << 16):
                self.wfile.write(data[begin : begin + (1 << 16)])
                time.sleep(0.01)
        else:
            self.wfile.write(data)


def hub_server(data, **state):
    return running(FaultyServer(HubHandler, **{"data": data, "store_path": ""} | state))
