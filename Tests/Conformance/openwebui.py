"""What Martlet writes, Open WebUI 0.8.3 reads, and the other way: both in turn on one database, with the same story.

usage: openwebui.py MARTLET-EXECUTABLE [PART …]      parts: sqlite-martlet sqlite-openwebui postgresql-… sqlite-documents
postgresql-documents; all without a name

Runs in the virtual environment of scripts/conformance-openwebui.sh. Exits with 1 if a check fails.
"""

import sys
import time

from documents import Documents
from servers import Martlet, OpenWebUI, Place, PostgreSQL
from story import Report, Story


def part(report: Report, name: str, first, second, place: Place) -> None:
    """The first server makes the database; the second reads and changes it; the first reads that."""
    story = Story(report)
    writer, reader = first.__name__, second.__name__
    turn(report, f"{name}: {writer} makes the database", first, place, story.begin, is_new=True)
    turn(report, f"{name}: {reader} on {writer}'s database", second, place, story.holds, story.go_on)
    turn(report, f"{name}: {writer} again, after {reader}", first, place, story.holds)


def documents(report: Report, name: str, martlet, openwebui, places: list[Place]) -> None:
    """Each has a database of its own; documents of settings go to and fro."""
    documents = Documents(report)
    turn(report, f"{name}: openwebui saves every form", openwebui, places[0], documents.openwebui_saves, is_new=True)
    turn(report, f"{name}: martlet imports it", martlet, places[1], documents.martlet_takes, is_new=True)
    turn(report, f"{name}: openwebui imports that", openwebui, places[0], documents.openwebui_takes)


def turn(report: Report, title: str, start, place: Place, *acts, is_new: bool = False) -> None:
    """One server on the database, from its start to its end."""
    who = start.__name__
    report.begin(title)
    schema = "" if is_new else place.schema()
    server = start(place)
    try:
        if who == "openwebui" and not is_new:
            report.check("its migrations change nothing", place.schema() == schema, changes(schema, place.schema()))
        for act in acts:
            act(server)
    finally:
        report.check(f"{who} ends well", server.stop() in (0, -15))


def changes(before: str, after: str) -> list[str]:
    old, new = set(before.splitlines()), set(after.splitlines())
    return sorted(f"- {line}" for line in old - new)[:8] + sorted(f"+ {line}" for line in new - old)[:8]


def with_places(report: Report, engine: str, owners: list, body) -> None:
    """Databases on one engine, until the body has ended."""
    postgres = PostgreSQL() if engine == "postgresql" else None
    places = [Place(postgres, owner.__name__) for owner in owners]
    try:
        body(places)
    except Exception as error:  # the other parts still say something
        report.check("it gets to its end", False, error)
    finally:
        for place in places:
            place.remove()
        if postgres:
            postgres.stop()


def main() -> int:
    executable, wanted = sys.argv[1], sys.argv[2:]
    report = Report()

    def martlet(place: Place) -> Martlet:
        return Martlet(executable, place)

    def openwebui(place: Place) -> OpenWebUI:
        return OpenWebUI(sys.executable, place)

    started = time.monotonic()
    for engine in ("sqlite", "postgresql"):
        for first, second in ((martlet, openwebui), (openwebui, martlet)):
            name = f"{engine}-{first.__name__}"
            if wanted and name not in wanted:
                continue
            with_places(report, engine, [first], lambda places: part(report, name, first, second, *places))
        name = f"{engine}-documents"
        if not wanted or name in wanted:
            with_places(
                report, engine, [openwebui, martlet],
                lambda places: documents(report, name, martlet, openwebui, places))
    print(f"\n{report.passed} passed, {len(report.failures)} failed, {time.monotonic() - started:.0f} s")
    for failure in report.failures:
        print(f"  {failure}")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
