"""Clients that go on until they are told to stop, and count what fails. Threads and plain sockets: nothing is retried."""

import json
import socket
import struct
import subprocess
import threading
import time


class Client(threading.Thread):
    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopping = threading.Event()
        self.done = 0
        self.failures: list[str] = []

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self.once()
                self.done += 1
            except Exception as error:  # whatever it is, a user would have seen it
                self.failures.append(f"{type(self).__name__}: {type(error).__name__} {error}")
                time.sleep(0.01)

    def once(self) -> None:
        raise NotImplementedError


class Connection:
    """HTTP/1.1 by hand: a closed or reset connection is an error, unless the answer before said that it would close."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None

    def request(self, method: str, path: str, token: str, body: bytes = b"", headers: str = "") -> bytes:
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self.file = self.socket.makefile("rb")
        head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n{headers}"
        if method == "POST":
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self.socket.sendall(head.encode() + b"\r\n" + body)
        status = self.file.readline()
        if not status.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"status {status!r}")
        fields = {}
        while (line := self.file.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            fields[name.strip().lower()] = value.strip().lower()
        answer = self._chunked() if fields.get(b"transfer-encoding") == b"chunked" else self.file.read(
            int(fields[b"content-length"]))
        if fields.get(b"connection") == b"close":
            self.file.close()
            self.socket.close()
            self.socket = None
        return answer

    def _chunked(self) -> bytes:
        body = b""
        while True:
            line = self.file.readline()
            if not line:
                raise RuntimeError("cut in the middle of an answer")
            size = int(line, 16)
            piece = self.file.read(size + 2)
            if len(piece) != size + 2:
                raise RuntimeError("cut in the middle of a chunk")
            if size == 0:
                return body
            body += piece[:-2]


class StreamClient(Client):
    """Reads a chat to its end and checks that every line came."""

    def __init__(self, port: int, token: str, tokens: int) -> None:
        super().__init__()
        self.connection = Connection(port)
        self.token = token
        self.tokens = tokens

    def once(self) -> None:
        body = b'{"model":"bench:1b","messages":[{"role":"user","content":"hello"}]}'
        try:
            answer = self.connection.request(
                "POST", "/ollama/api/chat", self.token, body, f"x-chunks: {self.tokens}\r\n")
        except Exception:
            self.connection = Connection(self.connection.port)
            raise
        lines = [json.loads(line) for line in answer.splitlines()]
        if [line.get("i") for line in lines] != list(range(self.tokens + 1)) or not lines[-1]["done"]:
            raise RuntimeError(f"{len(lines)} lines, last {lines[-1:]}")


class IdleClient(Client):
    """Keeps its connection open, silent most of the time, and sends again later."""

    def __init__(self, port: int, token: str, pause: float) -> None:
        super().__init__()
        self.connection = Connection(port)
        self.token = token
        self.pause = pause

    def once(self) -> None:
        try:
            self.connection.request("GET", "/api/v1/auths/", self.token)
        except Exception:
            self.connection = Connection(self.connection.port)
            raise
        self.stopping.wait(self.pause)


class SocketClient(Client):
    """A local program: daemon.ping over a daemon's Unix socket, kept open; draining peers are left as PROTOCOL.md says."""

    HELLO = bytes([0x08, 1, 0x1A, 5]) + b"bench" + bytes([0x28, 0x80, 0x80, 0x04, 0x30, 16])

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.socket: socket.socket | None = None
        self.stream = 1

    def once(self) -> None:
        for _ in range(3):
            if self.socket is None:
                self.connect()
            if self.ping():
                self.stopping.wait(0.02)
                return
        raise RuntimeError("three draining peers in a row")

    def connect(self) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(self.path)
        self.stream = 1
        self.send(1, 0, self.HELLO)

    def send(self, kind: int, stream: int, payload: bytes, flags: int = 0) -> None:
        self.socket.sendall(struct.pack(">IBBI", len(payload) + 6, kind, flags, stream) + payload)

    def receive(self) -> tuple[int, int, bytes]:
        head = self.exactly(10)
        length, kind, _, stream = struct.unpack(">IBBI", head)
        return kind, stream, self.exactly(length - 6)

    def exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                self.socket = None
                raise RuntimeError("closed without GOAWAY")
            data += piece
        return data

    def ping(self) -> bool:
        """False: the peer drains and has not taken the call up."""
        stream, self.stream = self.stream, self.stream + 2
        method = b"daemon.ping"
        try:
            self.send(2, stream, bytes([0x0A, len(method)]) + method, flags=1)
        except BrokenPipeError:
            pass  # its GOAWAY is there to be read
        while True:
            kind, which, payload = self.receive()
            if kind == 5 and which == stream:
                return True
            if kind == 10 or (kind == 6 and which == stream):
                self.socket.close()
                self.socket = None
                return False
            if kind == 8:
                self.send(9, 0, payload)


class Wrk:
    """wrk -c32 in the background; its own count of errors."""

    def __init__(self, url: str, seconds: int, token: str) -> None:
        self.process = subprocess.Popen(
            ["wrk", "-t1", "-c32", f"-d{seconds}s", "-H", f"Authorization: Bearer {token}", url],
            stdout=subprocess.PIPE, text=True)

    def result(self) -> dict[str, int]:
        output = self.process.communicate()[0]
        result = {"requests": 0, "socket_errors": 0, "bad_status": 0}
        for line in output.splitlines():
            words = line.replace(",", "").split()
            if "requests in" in line:
                result["requests"] = int(words[0])
            if line.strip().startswith("Socket errors"):
                result["socket_errors"] = sum(int(word) for word in words if word.isdigit())
                result["detail"] = line.strip()
            if line.strip().startswith("Non-2xx"):
                result["bad_status"] = int(words[-1])
        return result
