"""Accounts: what a request costs with 5,000 users, reads beside a writer, and sign-ins beside other requests."""

import ctypes
import os
import sqlite3
import statistics
import subprocess
import time
import uuid
from pathlib import Path

from host import Martlet, cpu_seconds

USERS = 5_000
GROUPS = 20
PASSWORD = "a-good-one-1"
SCRIPT = str(Path(__file__).with_name("report.lua"))


def bcrypt(password: str) -> str:
    """At the cost that Martlet hashes with."""
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    return crypt(password.encode(), b"$2b$12$abcdefghijklmnopqrstuu").decode()


def populate(directory: str) -> None:
    """Users, each in one group, straight into the database; all with one password, user0@example.org and so on."""
    now = int(time.time())
    password = bcrypt(PASSWORD)
    names = [str(uuid.uuid4()) for _ in range(USERS)]
    groups = [str(uuid.uuid4()) for _ in range(GROUPS)]
    with sqlite3.connect(f"{directory}/data/webui.db", timeout=30) as database:
        database.executemany(
            'INSERT INTO "user" (id, name, email, role, profile_image_url, created_at, updated_at, last_active_at, settings)'
            " VALUES (?, ?, ?, 'user', '/user.png', ?, ?, ?, ?)",
            [(name, f"User Number {number}", f"user{number}@example.org", now + number, now, now,
              '{"ui":{"theme":"dark","models":["llama3.2:1b"]}}') for number, name in enumerate(names)])
        database.executemany(
            "INSERT INTO auth (id, email, password, active) VALUES (?, ?, ?, 1)",
            [(name, f"user{number}@example.org", password) for number, name in enumerate(names)])
        database.executemany(
            'INSERT INTO "group" (id, user_id, name, description, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)',
            [(group, names[0], f"Group {number}", "", now, now) for number, group in enumerate(groups)])
        database.executemany(
            "INSERT INTO group_member (id, group_id, user_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
            [(str(uuid.uuid4()), groups[number % GROUPS], name, now, now) for number, name in enumerate(names)])
    database.close()


class Load:
    """wrk with report.lua, in the background."""

    def __init__(self, url: str, token: str, connections: int, seconds: float, *arguments: str) -> None:
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", SCRIPT]
        if token:
            command += ["-H", f"Authorization: Bearer {token}"]
        self.process = subprocess.Popen([*command, url, "--", *arguments], stdout=subprocess.PIPE, text=True)

    def result(self) -> dict[str, float]:
        line = next(line for line in self.process.communicate()[0].splitlines() if line.startswith("requests="))
        return {key: float(value) for key, value in (pair.split("=") for pair in line.split())}


def settled(loads: list[Load]) -> list[dict[str, float]]:
    results = [load.result() for load in loads]
    failed = sum(result["failed"] for result in results)
    if failed:
        raise RuntimeError(f"{failed:.0f} requests failed")
    return results


def measure(bin_directory: str, tools: str, show) -> None:
    martlet = Martlet(bin_directory, [])
    try:
        token = martlet.token()
        populate(martlet.directory)
        api = martlet.pids()["api"]
        reads = {"/api/v1/users/?page=1": "users, page 1", "/api/v1/auths/": "session"}
        for path, label in reads.items():
            cost(martlet, api, path, label, token, show)
        for path, label in reads.items():
            beside_writer(martlet, path, label, token, show)
        sign_in(martlet, token, show)
    finally:
        martlet.stop()


def cost(martlet: Martlet, api: int, path: str, label: str, token: str, show) -> None:
    """CPU of the api process for each request, at 16 connections."""
    Load(martlet.base + path, token, 16, 2).result()
    costs, rates = [], []
    for _ in range(3):
        before = cpu_seconds(api)
        (result,) = settled([Load(martlet.base + path, token, 16, 5)])
        costs.append((cpu_seconds(api) - before) / result["requests"] * 1e6)
        rates.append(result["requests"] / result["seconds"])
    show(f"{label}: requests/s, {USERS:,} users", f"{statistics.median(rates):.0f}")
    show("  CPU in api a request, median of 3", f"{statistics.median(costs):.0f} µs", "150 µs")


def beside_writer(martlet: Martlet, path: str, label: str, token: str, show) -> None:
    """Four connections read as fast as they can; one writes as fast as it can."""
    url = martlet.base + path
    (alone,) = settled([Load(url, token, 4, 5)])
    body = '{"ui":{"theme":"N"}}'
    writes = martlet.base + "/api/v1/users/user/settings/update"
    reads, written = settled([Load(url, token, 4, 8), Load(writes, token, 1, 8, "0", body, "1000000")])
    show(f"{label}: alone, p50 / p99", f"{alone['p50']:.0f} / {alone['p99']:.0f} µs")
    show("  beside a writer, p50 / p99", f"{reads['p50']:.0f} / {reads['p99']:.0f} µs")
    show("  p99 to p50", f"{reads['p99'] / reads['p50']:.1f}", "5")
    show("  writes/s meanwhile", f"{written['requests'] / written['seconds']:.0f}")


def sign_in(martlet: Martlet, token: str, show) -> None:
    """Sign-ins at four to a core, and a session read every 5 ms beside them."""
    cores = os.cpu_count() or 1
    started = time.process_time()
    for _ in range(5):
        bcrypt(PASSWORD)
    bound = cores / ((time.process_time() - started) / 5)
    body = f'{{"email":"userN@example.org","password":"{PASSWORD}"}}'
    sign_ins, others = settled([
        Load(martlet.base + "/api/v1/auths/signin", "", 4 * cores, 15, "0", body, str(USERS)),
        Load(martlet.base + "/api/v1/auths/", token, 1, 15, "5"),
    ])
    rate = sign_ins["requests"] / sign_ins["seconds"]
    show("sign-ins/s, bound by bcrypt on all cores", f"{rate:.1f} of {bound:.1f}")
    show("  of the bound", f"{rate / bound:.0%}", "85 %")
    show("  other requests meanwhile, p50 / p99", f"{others['p50'] / 1000:.1f} / {others['p99'] / 1000:.1f} ms")
    show("  the slowest", f"{others['max'] / 1000:.1f} ms", "10 ms")
