"""A home for the local stack with small stand-ins for the services: the supervisor, Kafka and the commands are the real ones.

Each stand-in answers /healthz and /readyz; it is unready for the reason in `<home>/unready/<name>` and dies at once while `<home>/dying/<name>` exists.
"""

from pathlib import Path

ROOT = Path(__file__).parents[2]

SERVICE = """
import json, os, pathlib, signal, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = "{name}"
HOME = pathlib.Path(os.environ["HEJNAL_HOME"])

class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        reason = HOME / "unready" / NAME
        if self.path == "/readyz" and reason.exists():
            self.answer(503, {{"reasons": [reason.read_text()]}})
        else:
            self.answer(200, {{"name": NAME}})

    def do_POST(self):
        self.answer(201, {{"endpoint": "https://push.example/1", "keys": {{"p256dh": "a", "auth": "b"}}}})

    def answer(self, status, body):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *ignored):
        pass

def main():
    if (HOME / "dying" / NAME).exists():
        sys.exit("this one dies on purpose")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    ThreadingHTTPServer(("127.0.0.1", int(os.environ[f"HEJNAL_{{NAME.upper()}}_PORT"])), Answers).serve_forever()

main()
"""

COMMANDS = """
import os, pathlib, sys
import typer

app = typer.Typer()

def group(name):
    made = typer.Typer()
    app.add_typer(made, name=name)
    return made

keys, users, duty = group("keys"), group("users"), group("duty")

def note(what):
    with (pathlib.Path(os.environ["HEJNAL_HOME"]) / "seeded.log").open("a") as log:
        log.write(what + "\\n")

@keys.command()
def create(name: str = typer.Option(), as_json: bool = typer.Option(False, "--json")):
    note("keys")
    print('{"key_id": "k", "key": "a-gateway-key"}')

@keys.command("list")
def list_(): pass

@users.command("import")
def users_import():
    note("users " + str(len(sys.stdin.readlines())))

@users.command("list")
def users_list(): pass

@duty.command("import")
def duty_import():
    note("duty " + str(len(sys.stdin.readlines())))

@duty.command("list")
def duty_list(): pass
"""


def build(home: Path) -> Path:
    """Makes the home and returns it."""
    (home / ".local").mkdir(parents=True)
    (home / "deploy").symlink_to(ROOT / "deploy")
    (ROOT / ".local" / "kafka").mkdir(parents=True, exist_ok=True)
    (home / ".local" / "kafka").symlink_to(ROOT / ".local" / "kafka")
    for name in ("ingest", "classifier", "notifier", "console"):
        package = home / "services" / name
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(SERVICE.format(name=name))
        (package / "commands.py").write_text(COMMANDS)
    (home / "services" / "__init__.py").touch()
    (home / "sandbox").mkdir()
    (home / "sandbox" / "__init__.py").touch()
    (home / "sandbox" / "__main__.py").write_text(SERVICE.format(name="sandbox"))
    (home / "unready").mkdir()
    (home / "dying").mkdir()
    return home
