"""What schemathesis cannot know from the description: whom to be, and which ids lead somewhere.

fuzz.py writes NETHERLINK_SCHEMA_WORLD, a JSON file with the base URL, the access token, and ids by what they are of.
"""

import json
import os
import random
import re
import urllib.request
import zlib

import schemathesis

with open(os.environ["NETHERLINK_SCHEMA_WORLD"], encoding="utf-8") as file:
    WORLD = json.load(file)

POOLS = WORLD["ids"]
KEPT = 30  # ids of each kind, the newest
ID = re.compile(r"^[0-9]{1,19}$")

# What `{id}` is of, and what a 201 there makes, by the beginning of the path.
PATHS = [
    ("/api/v1/friends/requests", "request"),
    ("/api/v1/users/me/sessions", "session"),
    ("/api/v1/users", "user"),
    ("/api/v1/groups", "group"),
    ("/api/v1/conversations", "conversation"),
    ("/api/v1/chat/messages", "message"),
    ("/api/v1/attachments", "attachment"),
    ("/api/v1/rooms", "room"),
]
FIELDS = {
    "user_id": "user",
    "to_user_id": "user",
    "user_ids": "user",
    "members": "user",
    "mentions": "user",
    "message_id": "message",
    "reply_to": "message",
    "conversation_id": "conversation",
    "room_id": "room",
    "attachment_id": "attachment",
    "code": "code",
}
# These end a session, an account or its password: each case has an account of its own.
ENDING = {"deleteMe", "logout", "changePassword", "revokeSession", "updateMe", "upgrade"}
CREATED = 201
UNREAD = ("400", "408", "417", "431", "505")
counter = 0


def kind_of(path):
    return next((kind for prefix, kind in PATHS if path.startswith(prefix)), None)


def pick(kind, random_source):
    pool = POOLS.get(kind)
    return random_source.choice(pool) if pool else None


def real(name, value, random_source):
    """`value`, or half of the time an id that exists where it has the form of one."""
    if isinstance(value, list):
        return [real(name, item, random_source) for item in value]
    if isinstance(value, dict):
        return {key: real(key, item, random_source) for key, item in value.items()}
    kind = FIELDS.get(name)
    if kind is None or not isinstance(value, str) or random_source.random() < 0.5:
        return value
    if kind not in ("conversation", "code") and not ID.match(value):
        return value
    return pick(kind, random_source) or value


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """What the description says of every request that cannot be read is true of each operation."""
    unread = {status: raw_schema["x-unrouted-responses"][status] for status in UNREAD}
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"] = {**unread, **operation["responses"]}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Deterministic: the same case always gets the same ids."""
    source = random.Random(zlib.crc32(repr((case.path, case.path_parameters, case.body)).encode()))
    if isinstance(case.path_parameters, dict):
        for name, value in list(case.path_parameters.items()):
            kind = kind_of(case.path) if name == "id" else FIELDS.get(name)
            valid = isinstance(value, str) and (ID.match(value) or kind == "conversation")
            if kind and valid and source.random() < 0.8:
                case.path_parameters[name] = pick(kind, source) or value
    if isinstance(case.query, dict):
        case.query = real("", case.query, source)
    if isinstance(case.body, dict):
        case.body = real("", case.body, source)


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code != CREATED or case.method.upper() != "POST":
        return
    kind = kind_of(case.path)
    try:
        made = response.json()
    except ValueError:
        return
    if not isinstance(made, dict):
        return
    for name, of in (("id", kind), ("message_id", "message"), ("conversation_id", "conversation"), ("code", "code")):
        if of and isinstance(made.get(name), str):
            POOLS.setdefault(of, []).append(made[name])
            del POOLS[of][:-KEPT]


def register():
    global counter
    counter += 1
    body = json.dumps({"username": f"once_{os.getpid()}_{counter}", "password": WORLD["password"]}).encode()
    request = urllib.request.Request(
        WORLD["url"] + "/api/v1/auth/register", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)["access_token"]


@schemathesis.auth(refresh_interval=None)
class Account:
    def get(self, case, context):
        operation = case.operation.definition.raw.get("operationId")
        return register() if operation in ENDING else WORLD["token"]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"
