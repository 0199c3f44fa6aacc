"""The servers of the conformance test, each started in a directory of its own and stopped as an operator does."""

import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path


class Answer:
    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.text = body.decode(errors="replace")
        try:
            self.json = json.loads(body)
        except ValueError:
            self.json = None

    def __repr__(self) -> str:
        return f"{self.status} {self.text[:200]}"


class Server:
    """What both have in common: HTTP on a port, and a log."""

    name = ""
    base = ""
    process: subprocess.Popen
    log: Path

    def call(self, method: str, path: str, token: str | None = None, body=None) -> Answer:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        data = None
        if body is not None:
            headers["content-type"] = "application/json"
            data = json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read())

    def get(self, path: str, token: str | None = None) -> Answer:
        return self.call("GET", path, token)

    def post(self, path: str, token: str | None = None, body=None) -> Answer:
        return self.call("POST", path, token, body)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode

    def until(self, ready, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{self.name} does not serve:\n" + self.log.read_text(errors="replace")[-4000:])
            time.sleep(0.05)


class Martlet(Server):
    name = "Martlet"

    def __init__(self, executable: str, place: "Place") -> None:
        self.log = place.directory / "martlet.log"
        start = self.log.stat().st_size if self.log.exists() else 0
        settings = {"OLLAMA_BASE_URLS": "", "WEBUI_SECRET_KEY": place.secret, "LOG_FORMAT": "text"}
        if place.database_url:
            settings["DATABASE_URL"] = place.database_url
        configuration = place.directory / "martlet.env"
        configuration.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [executable, "serve", "--config", configuration, "--data-dir", place.data, "--runtime-dir",
                 place.directory / "run", "--host", "127.0.0.1", "--port", "0"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def ready() -> bool:
            found = re.search(r"http=\S+:(\d+) .*|after_ms=", self.log.read_text(errors="replace")[start:])
            if not found or not found.group(1):
                return False
            self.base = f"http://127.0.0.1:{found.group(1)}"
            return True

        self.until(ready, 60)


class OpenWebUI(Server):
    """Open WebUI of the virtual environment that this script runs in. Asks nobody for models, and no network."""

    name = "Open WebUI"

    def __init__(self, python: str, place: "Place") -> None:
        self.log = place.directory / "open-webui.log"
        static = place.directory / "static"
        static.mkdir(exist_ok=True)
        environment = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "HOME", "TMPDIR")} | {
            "DATA_DIR": str(place.data),
            "WEBUI_SECRET_KEY": place.secret,
            "OFFLINE_MODE": "true",
            "HF_HUB_OFFLINE": "1",
            "RAG_EMBEDDING_ENGINE": "ollama",
            "ENABLE_OLLAMA_API": "false",
            "ENABLE_OPENAI_API": "false",
            "ANONYMIZED_TELEMETRY": "false",
            "DO_NOT_TRACK": "true",
            "SCARF_NO_ANALYTICS": "true",
            # It empties this directory when it starts.
            "STATIC_DIR": str(static),
        }
        if place.database_url:
            environment["DATABASE_URL"] = place.database_url
        with socket.create_server(("127.0.0.1", 0)) as listener, open(self.log, "ab") as log:
            self.base = "http://127.0.0.1:%d" % listener.getsockname()[1]
            self.process = subprocess.Popen(
                [python, "-m", "uvicorn", "open_webui.main:app", "--fd", str(listener.fileno())],
                pass_fds=[listener.fileno()], env=environment, cwd=place.directory, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)

        def ready() -> bool:
            try:
                with urllib.request.urlopen(self.base + "/health", timeout=2) as answer:
                    return answer.status == 200
            except OSError:
                return False

        self.until(ready, 300)


class PostgreSQL:
    """A PostgreSQL on a Unix socket in a directory of its own."""

    def __init__(self) -> None:
        versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        if not versions:
            raise RuntimeError("PostgreSQL is missing: scripts/setup.sh --test installs it")
        self.binaries = versions[-1]
        self.directory = Path(tempfile.mkdtemp(prefix="martlet-conformance-pg-"))
        self.prefix: list[str] = []
        if os.geteuid() == 0:  # it refuses to run as root
            user = pwd.getpwnam("postgres")
            os.chown(self.directory, user.pw_uid, user.pw_gid)
            self.prefix = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        self.run("initdb", "-D", self.directory / "data", "-U", "martlet", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
        self.process = subprocess.Popen(
            [*self.prefix, self.binaries / "postgres", "-D", self.directory / "data", "-k", self.directory, "-F",
             "-c", "listen_addresses="],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while subprocess.run([self.binaries / "pg_isready", "-q", "-h", self.directory, "-U", "martlet"]).returncode:
            if time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL does not answer")
            time.sleep(0.05)

    def run(self, program: str, *arguments) -> str:
        return subprocess.run(
            [*self.prefix, self.binaries / program, *arguments], check=True, capture_output=True, text=True).stdout

    def create(self, name: str) -> str:
        self.run("createdb", "-h", self.directory, "-U", "martlet", name)
        return f"postgresql://martlet@/{name}?host={self.directory}"

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class Place:
    """A data directory, or a database, that both servers open in turn."""

    def __init__(self, postgres: PostgreSQL | None, name: str) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="martlet-conformance-"))
        self.data = self.directory / "data"
        self.data.mkdir()
        self.secret = os.urandom(24).hex()
        self.postgres = postgres
        self.database_url = postgres.create(name) if postgres else None

    def remove(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)

    def schema(self) -> str:
        """Every table, index and view, as text, and the revision."""
        return self._postgresql_schema() if self.postgres else self._sqlite_schema()

    def _sqlite_schema(self) -> str:
        import sqlite3

        connection = sqlite3.connect(self.data / "webui.db")
        rows = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master ORDER BY 1, 2").fetchall()
        version = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        connection.close()
        return "\n".join(" ".join(row) for row in rows) + f"\nrevision {version}"

    def _postgresql_schema(self) -> str:
        database = self.database_url.split("/")[3].split("?")[0]
        arguments = ["-h", self.postgres.directory, "-U", "martlet", database]
        dump = self.postgres.run("pg_dump", "--schema-only", "--no-owner", *arguments)
        # Newer versions put a random word into each dump.
        dump = "\n".join(line for line in dump.splitlines() if not line.startswith("\\"))
        version = self.postgres.run("psql", "-At", "-c", "SELECT version_num FROM alembic_version", *arguments)
        return dump + f"\nrevision {version}"
