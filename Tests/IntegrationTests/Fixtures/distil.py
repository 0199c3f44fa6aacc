"""Makes recorded-*.json: what recorded exchanges with Open WebUI 0.8.3 promise, without their contents.

usage: distil.py RECORDINGS.jsonl [OUTPUT] [--ollama | --openai | --models]

Without an option: recorded-identity.json, accounts and settings. With --ollama: recorded-ollama.json, the routes of
Ollama, where {server0} and {server1} stand for the Ollama servers of the recorded lab. With --openai:
recorded-openai.json, the routes of OpenAI, where {server0} is its server with OpenAI's API. With --models:
recorded-models.json, the registry of models, completions and embeddings.

A recording is one JSON object a line: method, path, as (who asked), request_body, status, response_body, content_type.
A case says: method, path and body with {names} in place of the ids that the server chose; who asks; the status; the
shape of the answer; and what later cases need of it (`ids`: name to member, `token`: whose session it is).

A shape is "bool", "integer", "number", "string", "null" or "any" (which both promise nothing), a media type for what is
not JSON, [shape of each element], or {key: shape}; the key "*" stands for any one key.
"""

import json
import re
import sys

ROUTES = re.compile(r"/(api/v1/(auths|users|groups|configs)|api/(config|version|changelog|webhook)|oauth)(/|\?|$)")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PEOPLE = {"admin@lab.test": "admin", "user@lab.test": "user", "pending@lab.test": "pending", "other@lab.test": "other"}
# Parts of the saved settings that only routes of other resources write: an export shows them once those were called.
OTHERS = {"rag", "file", "google_drive", "onedrive", "image_generation", "audio", "task", "ollama", "openai"}
LONGEST = 40
OLLAMA = re.compile(r"/ollama/")
SERVERS = {"http://127.0.0.1:18434": "{server0}", "http://127.0.0.1:18435": "{server1}"}
OPENAI = re.compile(r"/openai/")
# Answers that an upstream makes: what is in them is not for the proxy to promise.
RELAYED = re.compile(
    r"/ollama/(api/(chat|generate|embed|embeddings|show)|v1/(chat/completions|completions))(/|$)"
    r"|/openai/(chat/completions|responses)$")
BY_ADDRESS = ("/ollama/api/load-stats", "/ollama/api/server-stats")

MODELS = re.compile(r"/api/(v1/)?(models|chat/completions|embeddings)(/|\?|$)")
# What belongs to other resources: pipes, retrieval, tasks, and people who were somebody else then.
NOT_OF_MODELS = {
    "pending: api models", "rag chat", "pipe chat", "pipe chat stream", "models w/ pipe", "tags refresh", "extra models",
    "chat async task (session_id+chat_id)",
}


def prefix(text: str):
    """The complete part of JSON that was cut off: members and elements that were still open keep what they have."""
    closers: list[str] = []
    inside = escaped = False
    best = ""
    for index, character in enumerate(text):
        if inside:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                inside = False
            continue
        if character == '"':
            inside = True
        elif character in "{[":
            closers.append("}" if character == "{" else "]")
        elif character in "}]":
            closers.pop()
        elif character == "," and closers:
            best = text[:index] + "".join(reversed(closers))
    return json.loads(best)


def whole(body):
    """The recorded body; of a truncated one what can be read of it."""
    if isinstance(body, dict) and "__truncated__" in body:
        text = body["__truncated__"]
        if text.startswith('"'):
            text = json.loads(re.sub(r'\\+"?$', "", text) + '"')
        return prefix(text)
    return None if body == "null" else body


def merged(shapes: list):
    """One shape for all elements of a list: members that all of them have."""
    if all(isinstance(shape, dict) for shape in shapes):
        keys = [key for key in shapes[0] if all(key in shape for shape in shapes)]
        return {key: merged([shape[key] for shape in shapes]) for key in keys}
    if all(isinstance(shape, list) for shape in shapes):
        elements = [element for shape in shapes for element in shape]
        return [merged(elements)] if elements else []
    return shapes[0] if all(shape == shapes[0] for shape in shapes) else "any"


def shape_of(value):
    if isinstance(value, dict):
        return {key: shape_of(member) for key, member in value.items()}
    if isinstance(value, list):
        return [merged([shape_of(element) for element in value])] if value else []
    kinds = {type(None): "null", bool: "bool", int: "integer", float: "number", str: "string"}
    return kinds[type(value)]


def shortened(value):
    """A request's body without long texts: these are settings' contents, and only their type matters."""
    if isinstance(value, dict):
        return {key: shortened(member) for key, member in value.items()}
    if isinstance(value, list):
        return [shortened(element) for element in value]
    return "text" if isinstance(value, str) and len(value) > LONGEST else value


class Distiller:
    def __init__(self, servers: dict[str, str]) -> None:
        self.servers = servers
        self.names: dict[str, str] = {}
        self.tokens: set[str] = set()

    def case(self, recording: dict) -> dict:
        is_json = recording["content_type"].startswith("application/json")
        answer = whole(recording["response_body"]) if is_json else None
        body = recording["request_body"]
        path = recording["path"]
        case = {
            "case": recording["case"],
            "method": recording["method"],
            "path": self.named(path),
            "as": self.asker(recording),
            "status": recording["status"],
        }
        if isinstance(body, str):
            case["text"] = body
        elif body is not None:
            case["body"] = json.loads(self.named(json.dumps(shortened(whole(body)))))
        if path.startswith("/api/v1/configs/export"):
            answer = {key: value for key, value in answer.items() if key not in OTHERS}
        case["answer"] = shape_of(answer) if is_json else recording["content_type"]
        if RELAYED.match(path) and recording["status"] == 200 and is_json:
            case["answer"] = {}
        if MODELS.match(path) and isinstance(body, dict) and str(body.get("model", "")).startswith("gpt") and is_json:
            case["answer"] = {}
        if path in BY_ADDRESS and recording["status"] == 200:
            case["answer"] = {"*": next(iter(case["answer"].values()))}
        if path == "/api/changelog":
            # The keys are versions of the recorded server: any version will do, with any of the sections.
            first = next(iter(case["answer"].values()))
            case["answer"] = {"*": {"date": first["date"], "added": first["added"]}}
        if recording["status"] == 200 and isinstance(answer, dict) and not RELAYED.match(path):
            self.learn(case, answer)
        return case

    def asker(self, recording: dict) -> str:
        if recording["case"] == "no bearer scheme":
            return "no scheme"
        # The recorded key of the administrator was never made.
        return {"apikey": "anon"}.get(recording["as"], recording["as"])

    def named(self, text: str) -> str:
        for address, name in self.servers.items():
            text = text.replace(address, name)
        return UUID.sub(lambda match: "{" + self.names[match.group()] + "}", text)

    def learn(self, case: dict, answer: dict) -> None:
        identifier = answer.get("id")
        if identifier and identifier not in self.names:
            name = PEOPLE.get(answer.get("email")) or f"id{len(self.names)}"
            self.names[identifier] = name
            case["learns"] = name
        person = PEOPLE.get(answer.get("email"))
        if "token" in answer and person not in self.tokens:
            self.tokens.add(person)
            case["token"] = person


def is_of_ollama(one: dict) -> bool:
    """Left out: the web page in place of an answer, forms, and faults that the recorder's servers were told to make."""
    is_form = isinstance(one["request_body"], dict) and "multipart" in one["request_body"]
    is_page = one["content_type"].startswith("text/html")
    return bool(OLLAMA.match(one["path"])) and not is_form and not is_page and not one["case"].startswith("upstream ")


def is_of_models(one: dict) -> bool:
    is_page = one["content_type"].startswith("text/html")
    return bool(MODELS.match(one["path"])) and not is_page and one["case"] not in NOT_OF_MODELS


def main() -> None:
    with open(sys.argv[1]) as file:
        recordings = [json.loads(line) for line in file]
    is_wanted = lambda one: ROUTES.match(one["path"])
    if "--ollama" in sys.argv:
        is_wanted = is_of_ollama
    if "--openai" in sys.argv:
        is_wanted = lambda one: OPENAI.match(one["path"])
    if "--models" in sys.argv:
        is_wanted = is_of_models
    distiller = Distiller(SERVERS if {"--ollama", "--openai"} & set(sys.argv) else {})
    cases = [distiller.case(recording) for recording in recordings if is_wanted(recording)]
    text = "[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n"
    outputs = [argument for argument in sys.argv[2:] if not argument.startswith("--")]
    if outputs:
        with open(outputs[0], "w") as file:
            file.write(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
