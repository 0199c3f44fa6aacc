"""Saved settings as one document: what Open WebUI exports, Martlet imports and gives back, and the other way."""

import json
from pathlib import Path

from servers import Server
from story import Report

KEYS = Path(__file__).parent.parent / "DaemonKitTests/Fixtures/persisted-keys.tsv"
PASSWORD = "Secret-ada-1"
# Forms of Open WebUI: where one is read, and where it is saved.
FORMS = [
    ("/api/v1/auths/admin/config", "/api/v1/auths/admin/config"),
    ("/api/v1/auths/admin/config/ldap/server", "/api/v1/auths/admin/config/ldap/server"),
    ("/api/v1/configs/connections", "/api/v1/configs/connections"),
    ("/api/v1/configs/code_execution", "/api/v1/configs/code_execution"),
    ("/api/v1/retrieval/config", "/api/v1/retrieval/config/update"),
    ("/api/v1/retrieval/embedding", "/api/v1/retrieval/embedding/update"),
    ("/api/v1/audio/config", "/api/v1/audio/config/update"),
    ("/api/v1/images/config", "/api/v1/images/config/update"),
    ("/api/v1/tasks/config", "/api/v1/tasks/config/update"),
    ("/api/v1/evaluations/config", "/api/v1/evaluations/config"),
    ("/openai/config", "/openai/config/update"),
    ("/ollama/config", "/ollama/config/update"),
]
# What has a meaning that a text made up does not have, or makes the server look for a model.
KEPT = {
    "DEFAULT_USER_ROLE", "JWT_EXPIRES_IN", "IMAGE_SIZE", "IMAGE_EDIT_SIZE", "IMAGE_GENERATION_ENGINE", "IMAGE_EDIT_ENGINE",
    "RAG_RERANKING_ENGINE", "RAG_RERANKING_MODEL", "RAG_EMBEDDING_ENGINE", "CHUNK_MIN_SIZE_TARGET", "OLLAMA_BASE_URLS",
    "OPENAI_API_BASE_URLS", "FOLDER_MAX_FILE_COUNT", "FILE_MAX_SIZE", "FILE_MAX_COUNT", "FILE_IMAGE_COMPRESSION_WIDTH",
    "FILE_IMAGE_COMPRESSION_HEIGHT",
}


def varied(value, name: str = ""):
    """Another value of the same type."""
    if name in KEPT:
        return value
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return 0.25 if value != 0.25 else 0.0
    if isinstance(value, str):
        # Spaces around a prompt count.
        return value or "ü \"x\"" + ("\n" if name.endswith("TEMPLATE") else "")
    if isinstance(value, dict):
        return {key: varied(member, key) for key, member in value.items()}
    return value


def exact(value) -> str:
    """JSON in which 0, 0.0 and false differ."""
    return json.dumps(value, sort_keys=True)


def at(document, place: str):
    for name in place.split("."):
        if not isinstance(document, dict) or name not in document:
            return None
        document = document[name]
    return document


def places(document) -> list[str]:
    known = [line.split("\t")[0] for line in KEYS.read_text().splitlines() if not line.startswith("#")]
    return [place for place in known if at(document, place) is not None]


class Documents:
    def __init__(self, report: Report) -> None:
        self.report = report
        # What was exported last.
        self.document: dict = {}

    def enter(self, server: Server, way: str = "signup") -> str:
        form = {"name": "Ada", "email": "ada@example.org", "password": PASSWORD}
        answer = self.report.is_ok(f"the {way}", server.post(f"/api/v1/auths/{way}", None, form))
        return (answer.json or {}).get("token", "")

    def fill(self, server: Server, token: str) -> None:
        """Saves every form of Open WebUI with other values than its defaults."""
        for path, target in FORMS:
            before = server.get(path, token)
            if self.report.check(f"{path} can be read", before.status == 200, before):
                form = varied(before.json)
                if path == "/openai/config":
                    form |= {"OPENAI_API_BASE_URLS": ["http://127.0.0.1:9/v1", "http://127.0.0.1:9/w"],
                             "OPENAI_API_KEYS": ["", "k"], "OPENAI_API_CONFIGS": {"1": {"enable": True, "tags": []}}}
                self.report.is_ok(f"{target} is saved", server.post(target, token, form))

    def export(self, server: Server, token: str) -> dict:
        answer = self.report.is_ok("the export", server.get("/api/v1/configs/export", token))
        return answer.json if isinstance(answer.json, dict) else {}

    def take(self, server: Server, token: str) -> None:
        """Imports the last document; the server has then the same."""
        answer = server.post("/api/v1/configs/import", token, {"config": self.document})
        self.report.is_ok("the import", answer)
        found = self.export(server, token)
        self.report.check("the export is what was imported", exact(found) == exact(self.document), self.unlike(found))

    def unlike(self, found) -> list[str]:
        both = sorted(set(places(found)) | set(places(self.document)))
        return [f"{place}: {exact(at(found, place))} for {exact(at(self.document, place))}"
                for place in both if exact(at(found, place)) != exact(at(self.document, place))][:6]

    # The turns

    def openwebui_saves(self, server: Server) -> None:
        token = self.enter(server)
        fresh = places(self.export(server, token))
        self.fill(server, token)
        self.document = self.export(server, token)
        known = len(places(self.document))
        self.report.check(f"{known} keys are saved, {len(fresh)} of a new server: {', '.join(fresh)}", known > 200)

    def martlet_takes(self, server: Server) -> None:
        token = self.enter(server)
        fresh = places(self.export(server, token))
        self.report.check("a new server has the same key", fresh == ["ui.enable_signup"], fresh)
        self.take(server, token)
        whole = server.get("/api/v1/configs/", token).json
        unlike = [f"{place}: {exact(at(whole, place))}" for place in places(self.document)
                  if exact(at(whole, place)) != exact(at(self.document, place))]
        self.report.check("every value that was imported holds", not unlike, unlike[:6])
        part = {"ENABLE_DIRECT_CONNECTIONS": False, "ENABLE_BASE_MODELS_CACHE": True}
        self.report.is_ok("a form is saved", server.post("/api/v1/configs/connections", token, part))
        self.document["direct"]["enable"] = False
        self.document["models"]["base_models_cache"] = True
        found = self.export(server, token)
        self.report.check("nothing else has changed", exact(found) == exact(self.document), self.unlike(found))

    def openwebui_takes(self, server: Server) -> None:
        token = self.enter(server, "signin")
        self.take(server, token)
        for path, _ in FORMS:
            self.report.is_ok(f"{path} can be read", server.get(path, token))
        answer = server.get("/api/v1/configs/connections", token)
        expected = {"ENABLE_DIRECT_CONNECTIONS": False, "ENABLE_BASE_MODELS_CACHE": True}
        self.report.check("what Martlet saved holds", answer.json == expected, answer)
