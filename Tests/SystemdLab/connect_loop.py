"""Connects again and again, as strangers would, and counts what became of it.

usage: connect_loop.py PORT [PATH] -- four at a time until SIGTERM; then one JSON object on stdout:
  ok       answers with status 200
  refused  nobody listened
  broken   accepted and then cut, or no answer within 20 s, or another status
  slowest  milliseconds of the slowest good answer
"""

import json
import signal
import socket
import sys
import threading
import time

PORT = int(sys.argv[1])
PATH = sys.argv[2] if len(sys.argv) > 2 else "/livez"
REQUEST = f"GET {PATH} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n".encode()
counts = {"ok": 0, "refused": 0, "broken": 0, "slowest": 0, "errors": []}
lock = threading.Lock()
over = threading.Event()


def exchange():
    with socket.create_connection(("127.0.0.1", PORT), timeout=20) as connection:
        connection.sendall(REQUEST)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    if not answer.startswith(b"HTTP/1.1 200"):
        raise ConnectionError(f"answer: {answer[:60]!r}")


def outcome():
    try:
        exchange()
        return "ok", ""
    except ConnectionRefusedError as error:
        return "refused", str(error)
    except OSError as error:
        return "broken", f"{type(error).__name__} {error}"


def loop():
    while not over.is_set():
        began = time.monotonic()
        kind, text = outcome()
        took = round((time.monotonic() - began) * 1000)
        with lock:
            counts[kind] += 1
            if kind == "ok":
                counts["slowest"] = max(counts["slowest"], took)
            elif len(counts["errors"]) < 5:
                counts["errors"].append(f"{text} after {took} ms")
        # Hundreds a second are enough; the rest of the machine has work to do.
        time.sleep(0.004)


threads = [threading.Thread(target=loop) for _ in range(4)]
signal.signal(signal.SIGTERM, lambda *_: over.set())
for thread in threads:
    thread.start()
over.wait()
for thread in threads:
    thread.join()
print(json.dumps(counts))
