"""What an administrator and users do on one server, and what the other must then show of it: the same calls to both."""

import time

from servers import Answer, Server


class Report:
    """One line a check, as it is made."""

    def __init__(self) -> None:
        self.passed = 0
        self.failures: list[str] = []
        self.part = ""

    def begin(self, part: str) -> None:
        self.part = part
        print(f"\n{part}", flush=True)

    def check(self, what: str, holds: bool, detail: object = "") -> bool:
        print(f"  {'ok  ' if holds else 'FAIL'}  {what}" + ("" if holds else f": {detail}"), flush=True)
        if holds:
            self.passed += 1
        else:
            self.failures.append(f"{self.part}: {what}")
        return holds

    def is_ok(self, what: str, answer: Answer) -> Answer:
        self.check(what, answer.status == 200, answer)
        return answer


class Person:
    def __init__(self, name: str, role: str) -> None:
        self.name, self.role = name, role
        self.email = f"{name}@example.org"
        self.password = f"Secret-{name}-1"
        self.id = ""
        # What the server that wrote last has issued.
        self.token = ""
        self.key = ""

    def form(self, **more: str) -> dict:
        return {"name": self.name.title(), "email": self.email, "password": self.password} | more


# What both show. `who`: as whom it is asked.
VIEWS = [
    ("the list of users", "/api/v1/users/?order_by=name&direction=asc", "ada"),
    ("all users", "/api/v1/users/all", "ada"),
    ("the groups", "/api/v1/groups/", "ada"),
    ("the default permissions", "/api/v1/users/default/permissions", "ada"),
    ("the settings of accounts", "/api/v1/auths/admin/config", "ada"),
    ("whether LDAP is on", "/api/v1/auths/admin/config/ldap", "ada"),
    ("the LDAP server", "/api/v1/auths/admin/config/ldap/server", "ada"),
    ("the exported settings", "/api/v1/configs/export", "ada"),
    ("the settings of connections", "/api/v1/configs/connections", "ada"),
    ("the settings of code execution", "/api/v1/configs/code_execution", "ada"),
    ("the settings of models", "/api/v1/configs/models", "ada"),
    ("the tool servers", "/api/v1/configs/tool_servers", "ada"),
    ("the banners", "/api/v1/configs/banners", "ada"),
    ("the webhook", "/api/webhook", "ada"),
    ("a user's settings", "/api/v1/users/user/settings", "una"),
    ("a user's info", "/api/v1/users/user/info", "una"),
    ("a user's status", "/api/v1/users/user/status", "una"),
    ("a user's groups", "/api/v1/users/groups", "una"),
    ("a user's permissions", "/api/v1/users/permissions", "una"),
    ("a user's API key", "/api/v1/auths/api_key", "una"),
    ("the frontend's configuration", "/api/config", "una"),
]
# These change by themselves, or say which of the two it is.
OWN = {"last_active_at", "is_active", "version", "updated_at"}
# Of /api/config: they depend on the process, not on the database.
PROCESS = {"enable_version_update_check", "license_metadata", "active_entries", "name"}

# Of the form of the LDAP server: Martlet tells nobody the stored password. The exported settings have it.
HIDDEN = ".app_dn_password"


def differences(seen, expected, path: str = "") -> list[str]:
    """What `expected`, of Open WebUI, has and `seen`, of Martlet, has not, or has otherwise."""
    if isinstance(expected, dict) and isinstance(seen, dict):
        keys = [key for key in expected if key not in OWN and key not in PROCESS]
        missing = [f"{path}.{key} is missing" for key in keys if key not in seen]
        return missing + [
            line for key in keys if key in seen for line in differences(seen[key], expected[key], f"{path}.{key}")]
    if isinstance(expected, list) and isinstance(seen, list):
        if len(expected) != len(seen):
            return [f"{path} has {len(seen)} elements in place of {len(expected)}"]
        if all(isinstance(element, dict) and "id" in element for element in seen + expected):
            # What was made in the same second comes in any order.
            seen, expected = (sorted(elements, key=lambda element: element["id"]) for elements in (seen, expected))
        return [
            line for index, pair in enumerate(zip(seen, expected)) for line in differences(*pair, f"{path}[{index}]")]
    if path == HIDDEN and seen == "********" and expected:
        return []
    return [] if seen == expected else [f"{path} is {seen!r} in place of {expected!r}"]


class Story:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.people = {
            "ada": Person("ada", "admin"), "pen": Person("pen", "pending"), "una": Person("una", "user"),
            "zoe": Person("zoe", "user"),
        }
        self.gone: list[Person] = []
        # Of sessions that were ended on Martlet. (Open WebUI ends them only with Redis.)
        self.ended: list[str] = []
        self.views: dict[str, object] = {}

    def __getitem__(self, name: str) -> Person:
        return self.people[name]

    def begin(self, server: Server) -> None:
        """On a new database: accounts of each kind, a group, a key, and settings of every sort."""
        ada, pen, una = self["ada"], self["pen"], self["una"]
        self._enter(ada, self.report.is_ok("the first sign-up", server.post("/api/v1/auths/signup", None, ada.form())))
        # Times are in seconds, and the first administrator is who came first.
        time.sleep(1)
        self.settings(server, ENABLE_SIGNUP=True, ENABLE_API_KEYS=True, JWT_EXPIRES_IN="2w", WEBUI_URL="https://a.example")
        self._enter(pen, self.report.is_ok("a later sign-up", server.post("/api/v1/auths/signup", None, pen.form())))
        for person in (una, self["zoe"]):
            self.add(server, person)
            self.sign_in(server, person)
        self.permissions(server, "features", "api_keys", True)
        answer = self.report.is_ok("an API key", server.post("/api/v1/auths/api_key", una.token))
        una.key = (answer.json or {}).get("api_key", "")
        self.profile(server, una, "una's ≤ 3 words")
        self.group(server, "Équipe", [una.id], {"workspace": {"tools": True}})
        self._system(server)
        self.sign_out(server, pen)
        self.remember(server)

    def go_on(self, server: Server) -> None:
        """On the other's database: something of each kind is changed."""
        ada, una = self["ada"], self["una"]
        ben = self.people.setdefault("ben", Person("ben", "user"))
        self.add(server, ben)
        self.sign_in(server, ben)
        changed = una.password.replace("-1", "-2")
        body = {"password": una.password, "new_password": changed}
        answer = server.post("/api/v1/auths/update/password", una.token, body)
        if self.report.is_ok("a new password", answer).status == 200:
            una.password = changed
        self.settings(server, JWT_EXPIRES_IN="3w", DEFAULT_USER_ROLE="user", ENABLE_CHANNELS=False)
        self.permissions(server, "chat", "export", False)
        self.profile(server, una, "changed")
        self.group(server, "Second", [ben.id], {"chat": {"export": True}})
        self.approve(server, self["pen"])
        self.delete(server, self["zoe"])
        for person in (ada, una, self["pen"]):
            self.sign_in(server, person)
        self.sign_out(server, ben)
        self.remember(server)

    def holds(self, server: Server) -> None:
        """What the other server wrote is what this one knows."""
        for person in self.people.values():
            answer = server.get("/api/v1/auths/", person.token)
            known = answer.status == 200 and (answer.json["id"], answer.json["role"]) == (person.id, person.role)
            self.report.check(f"{person.name}'s token of the other server", known, answer)
        for person in self.gone:
            refused = [server.get("/api/v1/auths/", person.token), self._sign_in(server, person)]
            statuses = [answer.status for answer in refused]
            self.report.check(f"{person.name} is gone", statuses == [401, 400], refused)
        for token in self.ended if server.name == "Martlet" else []:
            answer = server.get("/api/v1/auths/", token)
            self.report.check("an ended session stays ended", answer.status == 401, answer)
        una = self["una"]
        answer = server.get("/api/v1/users/user/settings", una.key)
        self.report.check("una's API key", answer.status == 200, answer)
        self._keeps_password(server)
        wrong = server.post("/api/v1/auths/signin", None, una.form(password="Secret-una-0"))
        self.report.check("a wrong password is refused", wrong.status == 400, wrong)
        for person in self.people.values():
            self.sign_in(server, person, keep=False)
        for label, path, who in VIEWS:
            if label not in self.views:
                continue
            answer = server.get(path, self.people[who].token)
            self.report.check(f"{label}: the same", *self._same(server, answer, self.views[label]))

    @staticmethod
    def _same(server: Server, answer: Answer, view: object) -> tuple[bool, str]:
        """Martlet may show more than Open WebUI, not less."""
        if answer.status != 200:
            return False, str(answer)
        sides = (view, answer.json) if server.name == "Open WebUI" else (answer.json, view)
        found = differences(*sides)
        return not found, "in Martlet's answer, " + "; ".join(found[:6])

    def remember(self, server: Server) -> None:
        self.views = {}
        for label, path, who in VIEWS:
            answer = server.get(path, self.people[who].token)
            if self.report.check(f"{label} can be read", answer.status == 200, answer):
                self.views[label] = answer.json

    # What they do

    def _enter(self, person: Person, answer: Answer) -> None:
        session = answer.json if isinstance(answer.json, dict) else {}
        person.id, person.token = session.get("id", ""), session.get("token", "")

    def add(self, server: Server, person: Person) -> None:
        form = person.form(role=person.role)
        answer = self.report.is_ok(f"{person.name} is added", server.post("/api/v1/auths/add", self["ada"].token, form))
        self._enter(person, answer)

    def _sign_in(self, server: Server, person: Person) -> Answer:
        return server.post("/api/v1/auths/signin", None, {"email": person.email, "password": person.password})

    def sign_in(self, server: Server, person: Person, keep: bool = True) -> str:
        answer = self.report.is_ok(f"{person.name} signs in", self._sign_in(server, person))
        token = answer.json.get("token", "") if isinstance(answer.json, dict) else ""
        if keep and token:
            person.token = token
        return token

    def sign_out(self, server: Server, person: Person) -> None:
        token = self.sign_in(server, person, keep=False)
        self.report.is_ok(f"{person.name} signs out", server.get("/api/v1/auths/signout", token))
        if server.name == "Martlet" and token:
            self.ended.append(token)

    def approve(self, server: Server, person: Person) -> None:
        form = {"name": "Penelope", "email": person.email, "role": "user", "profile_image_url": "/user.png"}
        path = f"/api/v1/users/{person.id}/update"
        if self.report.is_ok(f"{person.name} is approved", server.post(path, self["ada"].token, form)).status == 200:
            person.role = "user"

    def delete(self, server: Server, person: Person) -> None:
        answer = server.call("DELETE", f"/api/v1/users/{person.id}", self["ada"].token)
        if self.report.is_ok(f"{person.name} is deleted", answer).status == 200:
            self.gone.append(self.people.pop(person.name))

    def _changed(self, server: Server, what: str, path: str, change) -> None:
        """Saves what was read, with a change in it, as the frontend's forms do."""
        before = server.get(path, self["ada"].token)
        if self.report.check(f"{what}: read", before.status == 200, before):
            change(before.json)
            self.report.is_ok(f"{what}: saved", server.post(path, self["ada"].token, before.json))

    def settings(self, server: Server, **changes) -> None:
        self._changed(server, "settings of accounts", "/api/v1/auths/admin/config", lambda form: form.update(changes))

    def permissions(self, server: Server, section: str, name: str, value: bool) -> None:
        def change(tree: dict) -> None:
            tree[section][name] = value

        self._changed(server, "default permissions", "/api/v1/users/default/permissions", change)

    def profile(self, server: Server, person: Person, text: str) -> None:
        for what, path, body in [
            ("profile", "/api/v1/auths/update/profile",
             {"name": person.name.title(), "profile_image_url": "/user.png", "bio": text, "gender": "x",
              "date_of_birth": "1999-12-31"}),
            ("time zone", "/api/v1/auths/update/timezone", {"timezone": "Europe/Berlin"}),
            ("own settings", "/api/v1/users/user/settings/update", {"ui": {"theme": text, "nested": {"ü": [1, 2.5, None]}}}),
            ("own info", "/api/v1/users/user/info/update", {"location": text}),
            ("status", "/api/v1/users/user/status/update",
             {"status_emoji": "rocket", "status_message": text, "status_expires_at": 4102444800}),
        ]:
            self.report.is_ok(what, server.post(path, person.token, body))

    def group(self, server: Server, name: str, members: list[str], permissions: dict) -> None:
        token = self["ada"].token
        form = {"name": name, "description": "d", "permissions": permissions}
        answer = self.report.is_ok(f"group {name}", server.post("/api/v1/groups/create", token, form))
        if answer.status == 200:
            path = f"/api/v1/groups/id/{answer.json['id']}/users/add"
            self.report.is_ok(f"members of {name}", server.post(path, token, {"user_ids": members}))

    def _system(self, server: Server) -> None:
        token = self["ada"].token
        ldap = {
            "label": "L", "host": "ldap.example", "port": 636, "attribute_for_mail": "mail",
            "attribute_for_username": "uid", "app_dn": "cn=a", "app_dn_password": "p", "search_base": "dc=x",
            "search_filters": "", "use_tls": True, "certificate_path": "", "validate_cert": True, "ciphers": "ALL",
        }
        banner = {
            "id": "b1", "type": "info", "title": "T", "content": "Hello", "dismissible": True, "timestamp": 1763000000}
        for what, path, body in [
            ("the LDAP server", "/api/v1/auths/admin/config/ldap/server", ldap),
            ("a banner", "/api/v1/configs/banners", {"banners": [banner]}),
            ("suggestions", "/api/v1/configs/suggestions", {"suggestions": [{"title": ["a", "b"], "content": "c"}]}),
            ("models", "/api/v1/configs/models",
             {"DEFAULT_MODELS": "m:1b", "DEFAULT_PINNED_MODELS": "m:1b", "MODEL_ORDER_LIST": ["m:1b"]}),
            ("connections", "/api/v1/configs/connections",
             {"ENABLE_DIRECT_CONNECTIONS": True, "ENABLE_BASE_MODELS_CACHE": False}),
            ("the webhook", "/api/webhook", {"url": "https://hook.example/x"}),
        ]:
            self.report.is_ok(what, server.post(path, token, body))

        def change(form: dict) -> None:
            form["CODE_EXECUTION_JUPYTER_TIMEOUT"] = 61

        self._changed(server, "code execution", "/api/v1/configs/code_execution", change)

    def _keeps_password(self, server: Server) -> None:
        """The form of the LDAP server, saved as it was shown, leaves the stored password as it is."""
        self._changed(server, "the LDAP server", "/api/v1/auths/admin/config/ldap/server", lambda form: None)
        answer = server.get("/api/v1/configs/export", self["ada"].token)
        kept = answer.status == 200 and answer.json["ldap"]["server"]["app_password"] == "p"
        self.report.check("the stored LDAP password is what it was", kept, answer.status)
