#!/usr/bin/env python3
"""Fuzzes the REST interface of a server of its own from api/openapi.yaml: no 500, and no answer outside the description.

    fuzz.py BINARY [options for schemathesis]

NETHERLINK_SCHEMA_SEED (1) and NETHERLINK_SCHEMA_EXAMPLES (10, for each operation) in the environment. Exit status: that
of schemathesis, 1 when it found something.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Correct-horse-7"
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
]
SETTINGS = [
    "http.port=0",
    "auth.password_cost=test",
    "rate_limits.enabled=false",
    "log.format=json",
    "groups.max_per_user=5000",
]
START_SECONDS = 60


class Server:
    def __init__(self, binary, folder):
        self.log = folder / "server.log"
        settings = [*SETTINGS, f"store.url=sqlite:///{folder}/netherlink.db"]
        words = [binary, "serve"]
        for setting in settings:
            words += ["--set", setting]
        self.output = self.log.open("wb")
        # What begins with its name is its configuration.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NETHERLINK_")}
        self.process = subprocess.Popen(
            words, stdout=self.output, stderr=subprocess.STDOUT, cwd=folder, env=environment
        )
        self.url = f"http://127.0.0.1:{self.wait_for_port()}"

    def wait_for_port(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(rb'listening.*?"?port"?[":= ]+(\d+)', self.log.read_bytes())
            if found:
                return int(found.group(1))
            time.sleep(0.05)
        raise SystemExit(f"the server did not start:\n{self.log.read_text(errors='replace')}")

    def stop(self):
        """True: it lived until now, and ended well."""
        alive = self.process.poll() is None
        if alive:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60) == 0 and alive


class Person:
    def __init__(self, url, name):
        self.url, self.token = url, None
        answer = self.call("POST", "/auth/register", {"username": name, "password": PASSWORD})
        self.token, self.id = answer["access_token"], answer["user"]["id"]
        self.session = answer["session_id"]

    def call(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def befriend(self, other):
        request = self.call("POST", "/friends/requests", {"user_id": other.id})
        other.call("POST", f"/friends/requests/{request['id']}/accept", {})

    def say(self, conversation, name):
        message = {"conversation_id": conversation, "client_msg_id": name, "kind": "text", "content": f"hello {name}"}
        return self.call("POST", "/chat/messages", message)["message_id"]


def make_world(url):
    """People, groups, rooms and messages, so that there is something behind an id."""
    me, friend, stranger = (Person(url, name) for name in ("fuzz_me", "fuzz_friend", "fuzz_stranger"))
    me.befriend(friend)
    request = stranger.call("POST", "/friends/requests", {"user_id": me.id, "message": "hello"})
    mine = me.call("POST", "/groups", {"name": "Mine", "members": [friend.id]})
    theirs = friend.call("POST", "/groups", {"name": "Theirs", "members": [me.id]})
    asking = friend.call("POST", "/groups", {"name": "Asking", "join": "request"})
    codes = [who.call("POST", f"/groups/{group['id']}/link", {})["code"] for who, group in ((me, mine), (friend, asking))]
    room = friend.call("POST", "/rooms", {"name": "Room", "game": "game", "max_players": 4})
    single = "single_{}_{}".format(*sorted((me.id, friend.id), key=int))
    conversations = [single, mine["conversation_id"], theirs["conversation_id"], "world"]
    messages = [me.say(where, f"first-{i}") for i, where in enumerate(conversations)]
    messages += [friend.say(where, f"second-{i}") for i, where in enumerate(conversations)]
    return {
        "url": url,
        "token": me.token,
        "password": PASSWORD,
        "ids": {
            "user": [me.id, friend.id, stranger.id],
            "request": [request["id"]],
            "session": [me.session],
            "group": [mine["id"], theirs["id"]],
            "room": [room["id"]],
            "conversation": [*conversations, room["conversation_id"]],
            "message": messages,
            "attachment": [],
            "code": codes,
        },
    }


def fuzz(url, folder, options):
    world = folder / "world.json"
    world.write_text(json.dumps(make_world(url)))
    environment = {
        **os.environ,
        "NETHERLINK_SCHEMA_WORLD": str(world),
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(Path(__file__).parent),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    words = [sys.executable, "-m", "schemathesis.cli", "run", str(ROOT / "api/openapi.yaml"), "--url", url]
    words += ["--checks", ",".join(CHECKS), "--seed", os.environ.get("NETHERLINK_SCHEMA_SEED", "1")]
    words += ["--max-examples", os.environ.get("NETHERLINK_SCHEMA_EXAMPLES", "10")]
    words += ["--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--no-color", "--no-shrink"]
    words += ["--suppress-health-check", "all", "--request-timeout", "60", "--warnings", "off", *options]
    return subprocess.run(words, env=environment, cwd=folder, check=False).returncode


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    with tempfile.TemporaryDirectory(prefix="netherlink-schema.") as name:
        folder = Path(name)
        server = Server(os.path.abspath(sys.argv[1]), folder)
        try:
            status = fuzz(server.url, folder, sys.argv[2:])
        finally:
            well = server.stop()
        if not well:
            print("the server did not live to the end:\n" + server.log.read_text(errors="replace")[-4000:])
    return status if well else 1


if __name__ == "__main__":
    sys.exit(main())
