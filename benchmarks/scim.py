#!/usr/bin/env python3
"""scim.py MARTLET [POSTGRESQL-URL]: provisioning at size, on a server of its own.

Imports 10,000 users over several connections while another client measures the api's own latency, makes 1,000 groups of
100, then measures pages, filters and PATCH of one member. Only the standard library. Exit 1 when a limit is missed.
"""
import concurrent.futures, http.client, json, os, signal, statistics, subprocess, sys, tempfile, threading, time
import urllib.parse

USERS, GROUPS, MEMBERS, CLIENTS, ROUNDS = 10_000, 1_000, 100, 8, 50
LIMIT_MS, RATE = 20.0, 300.0
BASE = "/api/v1/scim/v2"


class Connection:
    def __init__(self, port, token):
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Authorization": "Bearer " + token, "Content-Type": "application/scim+json"}

    def call(self, method, path, body=None, base=BASE):
        self.http.request(method, base + path, json.dumps(body) if body is not None else None, self.headers)
        answer = self.http.getresponse()
        text = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:200]}")
        return json.loads(text) if text else None


def port(directory):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for line in open(directory + "/log"):
            if "supervisor: ready" in line:
                return int(line.split("http=")[1].split()[0].rsplit(":", 1)[1])
        time.sleep(0.05)
    sys.exit(open(directory + "/log").read())


def user(index):
    return {"userName": f"user{index}@bench.example", "externalId": f"ext-{index}", "displayName": f"User {index}",
            "name": {"givenName": "User", "familyName": f"Number{index}"}, "active": True,
            "emails": [{"value": f"user{index}@bench.example", "type": "work", "primary": True}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": f"D{index % 100}"}}


def in_parallel(place, token, count, work):
    """Runs work(connection, index) for all indices; the seconds it took, and the results in order."""
    results = [None] * count
    def lane(first):
        connection = Connection(place, token)
        for index in range(first, count, CLIENTS):
            results[index] = work(connection, index)
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        for lane_done in [pool.submit(lane, first) for first in range(CLIENTS)]:
            lane_done.result()
    return time.monotonic() - start, results


def latencies(place, token, stop):
    """Milliseconds of the api's own requests until told to stop."""
    connection, times = Connection(place, token), []
    while not stop.is_set():
        start = time.perf_counter()
        connection.call("GET", "/api/v1/auths/", base="")
        times.append((time.perf_counter() - start) * 1000)
        time.sleep(0.005)
    return times


def percentiles(times):
    times = sorted(times)
    return times[len(times) // 2], times[int(len(times) * 0.99)]


def measure(name, body, failures):
    times = []
    for round in range(ROUNDS):
        start = time.perf_counter()
        body(round)
        times.append((time.perf_counter() - start) * 1000)
    median, worst = percentiles(times)
    print(f"{name:46} median {median:7.2f} ms   p99 {worst:7.2f} ms")
    if median > LIMIT_MS:
        failures.append(name)


def run(place, token, admin):
    failures, stop = [], threading.Event()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        idle_stop = threading.Event()
        idle = pool.submit(latencies, place, admin, idle_stop)
        time.sleep(2)
        idle_stop.set()
        before = percentiles(idle.result())
        probe = pool.submit(latencies, place, admin, stop)
        seconds, ids = in_parallel(
            place, token, USERS, lambda connection, index: connection.call("POST", "/Users", user(index))["id"])
        stop.set()
        during = percentiles(probe.result())
    rate = USERS / seconds
    print(f"{'import of %d users' % USERS:46} {rate:.0f}/s ({seconds:.1f} s)")
    print(f"{'api latency idle, during import (p50, p99 ms)':46} "
          + "   ".join(f"{a:.2f}, {b:.2f}" for a, b in (before, during)))
    if rate < RATE:
        failures.append("import")
    def group(connection, index):
        members = [{"value": ids[(index * 37 + member) % USERS]} for member in range(MEMBERS)]
        return connection.call("POST", "/Groups", {"displayName": f"Group {index}", "members": members})["id"]
    seconds, groups = in_parallel(place, token, GROUPS, group)
    print(f"{'%d groups of %d' % (GROUPS, MEMBERS):46} {GROUPS / seconds:.0f}/s ({seconds:.1f} s)")
    client = Connection(place, token)
    get = lambda path, **query: client.call("GET", path + "?" + urllib.parse.urlencode(query))
    pages = {"page of 100 users, the first": 1, "page of 100 users, the last": USERS - 99}
    for name, first in pages.items():
        measure(name, lambda _: get("/Users", startIndex=first, count=100), failures)
    measure("page of 100 groups without members",
            lambda n: get("/Groups", startIndex=n * 10 + 1, count=100, excludedAttributes="members"), failures)
    filters = {
        "userName eq": lambda n: ("/Users", f'userName eq "USER{n * 7}@bench.example"'),
        "externalId eq": lambda n: ("/Users", f'externalId eq "ext-{n * 7}"'),
        "emails.value eq": lambda n: ("/Users", f'emails.value eq "user{n * 7}@bench.example"'),
        "emails[type and value]": lambda n: ("/Users", f'emails[type eq "work" and value eq "user{n}@bench.example"]'),
        "displayName eq": lambda n: ("/Users", f'displayName eq "user {n * 7}"'),
        "id eq": lambda n: ("/Users", f'id eq "{ids[n]}"'),
        "group displayName eq": lambda n: ("/Groups", f'displayName eq "group {n}"'),
        "members.value eq": lambda n: ("/Groups", f'members.value eq "{ids[n]}"'),
    }
    for name, make in filters.items():
        def ask(round):
            path, text = make(round)
            found = get(path, filter=text, excludedAttributes="members")["totalResults"]
            if found < 1:
                failures.append(f"{name} finds nothing")
        measure("filter " + name, ask, failures)
    for name, operation in {"add": lambda n: {"op": "add", "path": "members", "value": [{"value": ids[n + 5000]}]},
                            "remove": lambda n: {"op": "remove", "path": f'members[value eq "{ids[n + 5000]}"]'}}.items():
        measure(f"PATCH of one member, {name}",
                lambda n: client.call("PATCH", "/Groups/" + groups[n], {"Operations": [operation(n)]}), failures)
    measure("PATCH of a user", lambda n: client.call(
        "PATCH", "/Users/" + ids[n], {"Operations": [{"op": "replace", "path": "title", "value": str(n)}]}), failures)
    measure("filter without an index (title co)", lambda n: get("/Users", filter='title co "1"', count=10), [])
    print("missed: " + ", ".join(failures) if failures else "all within the limits")
    return not failures


def main():
    martlet, url = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    with tempfile.TemporaryDirectory() as directory:
        settings = {"ENABLE_SCIM": "true", "SCIM_TOKEN": "bench", "OLLAMA_BASE_URLS": "", "DATABASE_URL": url}
        log = open(directory + "/log", "w")
        server = subprocess.Popen(
            [martlet, "serve", "--data-dir", directory + "/data", "--runtime-dir", directory + "/run",
             "--host", "127.0.0.1", "--port", "0"], env={**os.environ, **settings}, stdout=log, stderr=log)
        try:
            place = port(directory)
            account = {"name": "Ada", "email": "ada@bench.example", "password": "A-good-one-1"}
            admin = Connection(place, "").call("POST", "/api/v1/auths/signup", account, base="")["token"]
            done = run(place, "bench", admin)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(40)
    sys.exit(not done)


main()
