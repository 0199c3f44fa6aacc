"""Martlet's benchmarks: what issue and design promise, measured in one run. See benchmarks/run.sh."""

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request

import accounts
from clients import IdleClient, SocketClient, StreamClient, Wrk
from host import Martlet, TokenServer, cpu_seconds, proportional_set_size

DAEMONS = ["ollama-lb-proxy", "snapshot-collector", "archiver", "scim", "api"]


def show(name: str, value: str, target: str = "") -> None:
    print(f"  {name:<58} {value:>16}" + (f"   (target {target})" if target else ""), flush=True)


def start(bin_directory: str, tools: str) -> None:
    """From exec to READY, and the memory of the whole when idle."""
    times, own = [], []
    for _ in range(5):
        backend = TokenServer(tools, 200, 0)
        martlet = Martlet(bin_directory, [backend.port])
        times.append(martlet.start_seconds * 1000)
        own.append(float(martlet.ready_line.split("after_ms=")[1].split()[0]))
        if len(times) == 5:
            time.sleep(2)
            sizes = {name: proportional_set_size(pid) for name, pid in martlet.pids().items()}
        martlet.stop()
        backend.stop()
    show("exec to READY, median of 5", f"{statistics.median(times):.0f} ms", "500 ms")
    show("  of it after the configuration was read", f"{statistics.median(own):.0f} ms")
    show("memory idle, six processes (PSS)", f"{sum(sizes.values()) / 1e6:.1f} MB", "60 MB")
    for name, size in sizes.items():
        show(f"  {name}", f"{size / 1e6:.1f} MB")


def call(bin_directory: str, tools: str) -> None:
    """A unary call over a daemon's socket against the same bytes between two C processes."""
    martlet = Martlet(bin_directory, [])

    def p50(command: list[str]) -> float:
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return float(output.split("p50_us=")[1].split()[0])

    ours, yardstick = [], []
    for _ in range(5):
        yardstick.append(p50([f"{tools}/pairping", "20000"]))
        ours.append(p50([f"{bin_directory}/link-benchmark", f"{martlet.runtime}/archiver.sock", "20000"]))
    martlet.stop()
    show("call round trip p50, Swift client and daemon", f"{statistics.median(ours):.1f} µs")
    show("socketpair round trip p50, C", f"{statistics.median(yardstick):.1f} µs")
    ratios = [a / b for a, b in zip(ours, yardstick)]
    show("ratio, median of 5", f"{statistics.median(ratios):.2f}", "2.5")


class Prober(threading.Thread):
    """Asks a cheap question over new connections all the time: how long nobody answered, and who was refused."""

    def __init__(self, base: str) -> None:
        super().__init__(daemon=True)
        self.url = base + "/health"
        self.running = True
        self.refused = self.lost = 0
        self.answers: list[float] = []

    def run(self) -> None:
        while self.running:
            try:
                with urllib.request.urlopen(self.url, timeout=10) as answer:
                    answer.read()
                self.answers.append(time.monotonic())
            except urllib.error.URLError as error:
                if isinstance(error.reason, ConnectionRefusedError):
                    self.refused += 1
                else:
                    self.lost += 1
            except OSError:
                self.lost += 1

    def gap_after(self, moment: float) -> float:
        later = [answer for answer in self.answers if answer > moment + 0.002]
        return later[0] - moment if later else float("inf")


def kill(bin_directory: str, tools: str) -> None:
    """kill -9 of each daemon under load."""
    backend = TokenServer(tools, 40, 20_000)
    martlet = Martlet(bin_directory, [backend.port])
    token = martlet.token()
    for name in DAEMONS:
        streams = [StreamClient(martlet.port, token, 40) for _ in range(10)]
        prober = Prober(martlet.base)
        for client in [*streams, prober]:
            client.start()
        wrk = Wrk(martlet.base + "/api/v1/auths/", 3, token)
        time.sleep(1)
        moment = time.monotonic()
        os.kill(martlet.pids()[name], signal.SIGKILL)
        moment = time.monotonic()
        result = wrk.result()
        prober.running = False
        for client in streams:
            client.stopping.set()
        for client in streams:
            client.join()
        martlet.all_ready()
        broken = sum(len(client.failures) for client in streams)
        show(
            f"kill -9 {name}: requests lost of {result['requests']} (32 in flight)",
            str(result["socket_errors"] + result["bad_status"]))
        show("  connects refused", str(prober.refused), "0")
        show("  streams that ended with an error, of 10 under way", str(broken))
        if name == "api":
            show("  served again after", f"{prober.gap_after(moment) * 1000:.0f} ms", "100 ms")
    martlet.stop()
    backend.stop()


def hang(bin_directory: str, tools: str) -> None:
    """SIGSTOP of each daemon: until another process serves in its place. (Of the supervisor: `make check-systemd`.)"""
    martlet = Martlet(bin_directory, [])
    for name in DAEMONS:
        pid = martlet.pids()[name]
        moment = time.monotonic()
        os.kill(pid, signal.SIGSTOP)
        while True:
            daemon = next(item for item in martlet.status()["daemons"] if item["name"] == name)
            if daemon["state"] == "ready" and daemon["pid"] != pid:
                break
            if time.monotonic() > moment + 30:
                raise RuntimeError(f"{name} was not replaced: {daemon}")
            time.sleep(0.02)
        show(f"{name} hangs: replaced after", f"{time.monotonic() - moment:.1f} s", "5 s")
    martlet.stop()


def handover(bin_directory: str, tools: str) -> None:
    """Restart of each daemon in turn and upgrade, three times over, under everything at once."""
    backend = TokenServer(tools, 60, 20_000)
    martlet = Martlet(bin_directory, [backend.port])
    token = martlet.token()
    clients = [StreamClient(martlet.port, token, 60) for _ in range(50)]
    clients += [IdleClient(martlet.port, token, 1.5) for _ in range(50)]
    clients += [
        SocketClient(f"{martlet.runtime}/{name}.sock")
        for name in ["control", *[daemon for daemon in DAEMONS if daemon != "api"]]
    ]
    for client in clients:
        client.start()
    wrk = Wrk(martlet.base + "/api/v1/auths/", 60, token)
    time.sleep(1)
    failed: list[str] = []
    started = time.monotonic()
    for _ in range(3):
        for name in DAEMONS:
            answer = martlet.run("restart", name)
            if answer.returncode:
                failed.append(answer.stderr)
        answer = martlet.run("upgrade")
        if answer.returncode:
            failed.append(answer.stderr)
    took = time.monotonic() - started
    time.sleep(2)
    wrk.process.send_signal(signal.SIGINT)
    result = wrk.result()
    for client in clients:
        client.stopping.set()
    for client in clients:
        client.join()
    show("15 restarts and 3 upgrades took", f"{took:.1f} s")
    show("commands that failed", str(len(failed)), "0")
    show(
        f"wrk requests that failed, of {result['requests']}", str(result["socket_errors"] + result["bad_status"]), "0")
    for kind, label in [(StreamClient, "streams"), (IdleClient, "idle keep-alive requests"), (SocketClient, "socket calls")]:
        own = [client for client in clients if isinstance(client, kind)]
        failures = [failure for client in own for failure in client.failures]
        show(f"{label} that failed, of {sum(client.done for client in own)}", str(len(failures)), "0")
        for failure in failures[:3]:
            print(f"      {failure}")
    for text in failed[:3]:
        print(f"      {text}")
    if "detail" in result:
        print(f"      {result['detail']}")
    martlet.stop()
    backend.stop()


def streaming(bin_directory: str, tools: str) -> None:
    """Through Martlet (api, ollama-lb-proxy, authentication) and through nginx, to the same token server."""
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    rows = [("full speed, 50 streams", 50, 0, 200, 5), ("one stream", 1, 0, 20, 4), ("paced 50/s, 200 streams", 200, 20_000, 200, 6)]
    results: dict[str, dict[str, list[dict[str, float]]]] = {}
    for label, streams, pause, tokens, seconds in rows:
        backend = TokenServer(tools, tokens, pause)
        martlet = Martlet(bin_directory, [backend.port])
        token = martlet.token()
        proxy = Nginx(nginx, backend.port)
        pids = martlet.pids()
        ways = {
            "direct": (backend.port, "/api/chat", []),
            "nginx": (proxy.port, "/api/chat", proxy.workers()),
            "martlet": (martlet.port, "/ollama/api/chat", [pids["api"], pids["ollama-lb-proxy"]]),
        }
        results[label] = {name: [] for name in ways}
        for _ in range(3):
            for name, (port, path, measured) in ways.items():
                before = sum(cpu_seconds(pid) for pid in measured)
                output = subprocess.run(
                    [f"{tools}/streamload", str(port), str(streams), str(seconds), path, str(tokens), token],
                    capture_output=True, text=True, check=True).stdout
                figures = {key: float(value) for key, value in (pair.split("=") for pair in output.split())}
                figures["cpu"] = sum(cpu_seconds(pid) for pid in measured) - before
                results[label][name].append(figures)
        proxy.stop()
        martlet.stop()
        backend.stop()

    def median(label: str, way: str, figure) -> float:
        return statistics.median(figure(run) for run in results[label][way])

    rate = {way: median(rows[0][0], way, lambda run: run["tokens"] / run["seconds"]) for way in ("direct", "nginx", "martlet")}
    for way, value in rate.items():
        show(f"tokens/s at 50 full-speed streams, {way}", f"{value / 1000:.0f}k")
    show("  Martlet to nginx", f"{rate['martlet'] / rate['nginx']:.2f}", "1.0")
    first = {way: median("one stream", way, lambda run: run["ttfb_p50_us"]) for way in rate}
    for way, value in first.items():
        show(f"time to first byte at 1 stream, {way}", f"{value:.0f} µs")
    added = (first["martlet"] - first["direct"]) / max(1, first["nginx"] - first["direct"])
    show("  added, Martlet to nginx", f"{added:.2f}", "2.0")
    for label in (rows[0][0], rows[2][0]):
        cost = {way: median(label, way, lambda run: run["cpu"] / run["tokens"] * 1e6) for way in ("nginx", "martlet")}
        for way, value in cost.items():
            show(f"CPU seconds per million tokens, {label}, {way}", f"{value:.2f}")
        show("  Martlet to nginx", f"{cost['martlet'] / cost['nginx']:.2f}", "1.2" if label == rows[2][0] else "")
    bad = sum(
        run[key] for label in results.values() for run in label["martlet"]
        for key in ("lost", "reordered", "truncated", "failed"))
    show("tokens lost, reordered; streams truncated, failed", f"{bad:.0f}", "0")


class Nginx:
    """One worker, buffering off, kept connections to the backend: what one would put in front of Ollama."""

    def __init__(self, executable: str, upstream: int) -> None:
        import socket

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.directory = tempfile.mkdtemp(prefix="martlet-bench-nginx-")
        temporary = " ".join(
            f"{kind}_temp_path {self.directory}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(f"{self.directory}/conf", "w") as file:
            file.write(f"""
                worker_processes 1; daemon off; pid {self.directory}/pid; error_log {self.directory}/error warn;
                events {{ worker_connections 4096; }}
                http {{ access_log off; {temporary} keepalive_requests 1000000;
                  upstream backend {{ server 127.0.0.1:{upstream}; keepalive 256; keepalive_requests 1000000; }}
                  server {{ listen 127.0.0.1:{self.port} backlog=4096;
                    location / {{ proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection "";
                      proxy_buffering off; proxy_request_buffering off; }} }} }}""")
        self.process = subprocess.Popen([executable, "-c", f"{self.directory}/conf", "-p", self.directory])
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except OSError:
                time.sleep(0.02)

    def workers(self) -> list[int]:
        output = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout
        return [int(pid) for pid in output.split()]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def identity(bin_directory: str, tools: str) -> None:
    """Accounts: the cost of a request with 5,000 users, reads beside a writer, sign-ins beside other requests."""
    accounts.measure(bin_directory, tools, show)


BENCHMARKS = {"start": start, "call": call, "kill": kill, "hang": hang, "handover": handover, "streaming": streaming,
              "identity": identity}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, help="directory of martlet and link-benchmark")
    parser.add_argument("--tools", required=True, help="directory of the compiled C tools")
    parser.add_argument("names", nargs="*", metavar="BENCHMARK", help=", ".join(BENCHMARKS))
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.2f}")
    for name in arguments.names or BENCHMARKS:
        print(f"\n{name}: {BENCHMARKS[name].__doc__}", flush=True)
        BENCHMARKS[name](arguments.bin, arguments.tools)


if __name__ == "__main__":
    main()
