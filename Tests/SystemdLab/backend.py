"""As little of an Ollama server as a lab needs. usage: backend.py PORT"""

import http.server
import json
import sys

MODEL = {"name": "lab:1b", "model": "lab:1b", "modified_at": "2026-01-01T00:00:00Z", "size": 1, "digest": "0" * 64}
ANSWERS = {
    "/api/version": {"version": "0.6.0"},
    "/api/tags": {"models": [MODEL]},
    "/api/ps": {"models": []},
}
WORDS = ("Not ", "a ", "swallow")
CHAT = [{"model": "lab:1b", "message": {"role": "assistant", "content": word}, "done": False} for word in WORDS] + [
    {"model": "lab:1b", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
]


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path not in ANSWERS:
            return self.send_error(404)
        return self.answer("application/json", json.dumps(ANSWERS[self.path]).encode())

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.answer("application/x-ndjson", b"".join(json.dumps(line).encode() + b"\n" for line in CHAT))

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
