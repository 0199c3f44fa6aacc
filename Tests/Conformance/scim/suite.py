#!/usr/bin/env python3
"""suite.py MARTLET [POSTGRESQL-URL]: scim2-tester's whole suite against a server of its own.

Prints each check that does not succeed, then the counts and how much of RFC 7643's schemas the server announces.
Exit 0: nothing failed or deviated, and nothing was left out.
"""
import collections, os, signal, subprocess, sys, tempfile, time, urllib.request

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import EnterpriseUser, Group, User
from scim2_tester import check_server

TOKEN = "conformance"
GOOD = {"SUCCESS", "COMPLIANT", "ACCEPTABLE"}


def start(martlet, directory, url):
    settings = {"ENABLE_SCIM": "true", "SCIM_TOKEN": TOKEN, "OLLAMA_BASE_URLS": "", "DATABASE_URL": url}
    command = [martlet, "serve", "--data-dir", directory + "/data", "--runtime-dir", directory + "/run",
               "--host", "127.0.0.1", "--port", "0"]
    log = open(directory + "/log", "w")
    return subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=log)


def base(directory, deadline):
    while time.monotonic() < deadline:
        for line in open(directory + "/log"):
            if "http=" in line and "supervisor: ready" in line:
                return "http://" + line.split("http=")[1].split()[0] + "/api/v1/scim/v2"
        time.sleep(0.05)
    sys.exit("the server does not start:\n" + open(directory + "/log").read())


def coverage(http):
    """For each model: how many of its attributes are announced, of how many."""
    announced = {s["id"]: {a["name"] for a in s["attributes"]} for s in http.get("/Schemas").json()["Resources"]}
    for model in (User, EnterpriseUser, Group):
        schema = model.to_schema()
        wanted = {attribute.name for attribute in schema.attributes}
        missing = wanted - announced.get(schema.id, set()) - {"schemas", "id", "externalId", "meta"}
        yield model.__name__, len(wanted) - len(missing), len(wanted)


def main():
    martlet, url = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    with tempfile.TemporaryDirectory() as directory:
        server = start(martlet, directory, url)
        try:
            address = base(directory, time.monotonic() + 30)
            http = Client(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
            client = SyncSCIMClient(http)
            client.check_response_status_codes = client.check_response_content_type = True
            counts = collections.Counter()
            for result in check_server(client):
                counts[result.status.name] += 1
                if result.status.name not in GOOD:
                    print(result.status.name, result.resource_type or "-", result.title, result.reason)
            covered = list(coverage(http))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(40)
    passed = sum(counts[name] for name in GOOD)
    others = {name: count for name, count in counts.items() if name not in GOOD}
    print(f"{passed} passed, {others or 'nothing else'}; announced: "
          + ", ".join(f"{name} {found} of {all}" for name, found, all in covered))
    sys.exit(bool(others) or passed < 135 or any(found < all for _, found, all in covered))


main()
