"""A Martlet of one's own for benchmarks: started in a temporary directory, stopped and removed after."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, its threads included."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def proportional_set_size(pid: int) -> int:
    """Bytes of memory, shared pages divided among those who share them."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) * 1024


class TokenServer:
    """benchmarks/tokenserver.c."""

    def __init__(self, tools: str, tokens: int, pause_us: int) -> None:
        self.process = subprocess.Popen(
            [f"{tools}/tokenserver", str(tokens), str(pause_us)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


class Martlet:
    def __init__(self, bin_directory: str, backends: list[int], **settings: str) -> None:
        self.executable = f"{bin_directory}/martlet"
        self.directory = tempfile.mkdtemp(prefix="martlet-bench-")
        self.runtime = f"{self.directory}/run"
        self.log = open(f"{self.directory}/log", "w+")
        urls = ";".join(f"http://127.0.0.1:{port}" for port in backends)
        command = [
            self.executable, "serve", "--data-dir", f"{self.directory}/data", "--runtime-dir", self.runtime,
            "--host", "127.0.0.1", "--port", "0", "--set", f"OLLAMA_BASE_URLS={urls}", "--set", "LOG_FORMAT=text"]
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        started = time.monotonic()
        self.process = subprocess.Popen(command, stderr=self.log)
        self.ready_line = self._wait_until_ready()
        self.start_seconds = time.monotonic() - started
        self.port = int(re.search(r"http=\S+:(\d+)", self.ready_line).group(1))
        self.base = f"http://127.0.0.1:{self.port}"

    def _wait_until_ready(self) -> str:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with open(self.log.name) as file:
                for line in file:
                    if "ready" in line and "after_ms=" in line:
                        return line
            time.sleep(0.002)
        raise RuntimeError("not ready: " + open(self.log.name).read())

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [self.executable, *arguments, "--runtime-dir", self.runtime], capture_output=True, text=True)

    def status(self) -> dict:
        return json.loads(self.run("status", "--json").stdout)

    def pids(self) -> dict[str, int]:
        status = self.status()
        return {daemon["name"]: daemon["pid"] for daemon in status["daemons"]} | {"supervisor": self.process.pid}

    def all_ready(self, within: float = 30) -> dict:
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            status = self.status()
            if all(daemon["state"] == "ready" for daemon in status["daemons"]):
                return status
            time.sleep(0.02)
        raise RuntimeError(f"not ready again: {status}")

    def post(self, path: str, body: dict, token: str = "") -> dict:
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def token(self) -> str:
        form = {"name": "Ada", "email": "ada@example.org", "password": "a-good-one-1"}
        return self.post("/api/v1/auths/signup", form)["token"]

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)
