"""A client of a NetherLink server that encrypts, as docs/end-to-end.md describes it, on top of vodozemac."""

import base64
import datetime
import hashlib
import http.client
import itertools
import json

import vodozemac

API = "/api/v1"
numbers = itertools.count(1)


class Refused(Exception):
    """An answer that is a problem; its code."""

    def __init__(self, status, code):
        super().__init__(f"{status} {code}")
        self.code = code


class Distrust(Exception):
    """The server handed out something that nobody signed."""


def verify(key, text, signature):
    public = vodozemac.Ed25519PublicKey.from_base64(key)
    try:
        public.verify_signature(text.encode(), vodozemac.Ed25519Signature.from_base64(signature))
    except vodozemac.SignatureException as wrong:
        raise Distrust(text.split("\n", 1)[0]) from wrong


def device_text(user_id, keys):
    return f"netherlink-device-v1\n{user_id}\n{keys['identity_key']}\n{keys['signing_key']}"


def key_text(purpose, user_id, key_id, key):
    return f"netherlink-{purpose}-v1\n{user_id}\n{key_id}\n{key}"


def message_text(message, device_id, time_ms):
    return "\n".join([
        "netherlink-message-v1",
        message["conversation_id"],
        message["client_msg_id"],
        message["kind"],
        hashlib.sha256(message["content"].encode()).hexdigest(),
        message.get("reply_to", ""),
        ",".join(message.get("mentions", [])),
        message.get("extra", {}).get("attachment_id", ""),
        device_id,
        str(time_ms),
    ])


def to_rfc3339(time_ms):
    moment = datetime.datetime.fromtimestamp(time_ms / 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time_ms % 1000:03d}Z"


def to_ms(text):
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
    return round(moment.timestamp() * 1000)


def safety_number(*people):
    """The same on both sides: 60 digits of every device of both. `people`: (user id, [keys]) each."""
    lines = []
    for user_id, devices in sorted(people, key=lambda person: int(person[0])):
        lines.append(user_id)
        lines += sorted(device["identity_key"] + device["signing_key"] for device in devices)
    digest = hashlib.sha512("\n".join(["netherlink-safety-number-v1", *lines]).encode()).digest()
    groups = (int.from_bytes(digest[i : i + 5], "big") % 100000 for i in range(0, 60, 5))
    return " ".join(f"{group:05d}" for group in groups)


class Session:
    """Somebody signed in: REST calls."""

    def __init__(self, port, login):
        self.port = port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.user_id = login["user"]["id"]
        self.token = login["access_token"]

    def call(self, method, path, body=None):
        return call(self.connection, method, path, body, self.token)


def call(connection, method, path, body=None, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    connection.request(method, API + path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read()
    parsed = json.loads(text) if text else None
    if answer.status >= 300:
        raise Refused(answer.status, parsed["code"])
    return parsed


def register(port, name, password):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    return Session(port, call(connection, "POST", "/auth/register", {"username": name, "password": password}))


def login(port, name, password):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    return Session(port, call(connection, "POST", "/auth/login", {"username": name, "password": password}))


class Device:
    """A session that encrypts. Its private keys are in `account`, and nowhere else."""

    def __init__(self, session, now_ms):
        self.session = session
        self.user_id = session.user_id
        self.now_ms = now_ms
        self.account = vodozemac.Account()
        self.account.generate_fallback_key()
        ((self.fallback_id, self.fallback_key),) = self.account.fallback_key.items()
        self.id = None
        self.lists = {}  # by user id: (version, devices), verified
        self.sessions = {}  # by device id
        self.groups = {}  # Megolm, by id of the sending session

    def sign(self, text):
        return self.account.sign(text.encode()).to_base64()

    def signed_key(self, purpose, key_id, key):
        text = key.to_base64()
        return {"key_id": key_id, "key": text, "signature": self.sign(key_text(purpose, self.user_id, key_id, text))}

    def publish(self, one_time_keys=0):
        self.account.generate_one_time_keys(one_time_keys)
        keys = {
            "identity_key": self.account.curve25519_key.to_base64(),
            "signing_key": self.account.ed25519_key.to_base64(),
        }
        keys["signature"] = self.sign(device_text(self.user_id, keys))
        keys["signed_pre_key"] = self.signed_key("pre-key", self.fallback_id, self.fallback_key)
        keys["one_time_keys"] = [
            self.signed_key("one-time-key", key_id, key) for key_id, key in self.account.one_time_keys.items()
        ]
        answer = self.session.call("PUT", "/e2e/keys", keys)
        self.account.mark_keys_as_published()
        self.id = answer["device_id"]
        return answer

    def devices_of(self, user_id):
        """Reads the list again; nothing in it is believed that its devices did not sign."""
        answer = self.session.call("GET", f"/users/{user_id}/e2e/devices")
        for device in answer["items"]:
            verify(device["signing_key"], device_text(user_id, device), device["signature"])
        self.lists[user_id] = (answer["version"], {device["device_id"]: device for device in answer["items"]})
        return self.lists[user_id][1]

    def begin(self, user_id, device_ids):
        """Sessions with those devices for which there is none yet. Says which had to do with the signed pre-key."""
        wanted = [device_id for device_id in device_ids if device_id not in self.sessions and device_id != self.id]
        if not wanted:
            return []
        devices = [{"user_id": user_id, "device_id": device_id} for device_id in wanted]
        fallbacks = []
        for bundle in self.session.call("POST", "/e2e/keys/claim", {"devices": devices})["items"]:
            if "error" in bundle:
                continue
            known = self.lists[user_id][1][bundle["device_id"]]
            if any(bundle[field] != known[field] for field in ("identity_key", "signing_key")):
                raise Distrust("other keys than in the list")
            purpose, key = "one-time-key", bundle["one_time_key"]
            if bundle["fallback"]:
                purpose, key = "pre-key", bundle["signed_pre_key"]
                fallbacks.append(bundle["device_id"])
            verify(known["signing_key"], key_text(purpose, user_id, key["key_id"], key["key"]), key["signature"])
            self.sessions[bundle["device_id"]] = self.account.create_outbound_session(
                vodozemac.Curve25519PublicKey.from_base64(bundle["identity_key"]),
                vodozemac.Curve25519PublicKey.from_base64(key["key"]),
            )
        return fallbacks

    def seal(self, user_ids, text):
        """What is said, for every other device of those people: base64 of JSON."""
        sealed = {}
        for user_id in user_ids:
            devices = self.devices_of(user_id)
            self.begin(user_id, devices)
            for device_id in devices:
                if device_id in self.sessions:
                    kind, body = self.sessions[device_id].encrypt(text.encode()).to_parts()
                    sealed[device_id] = {"type": kind, "body": base64.b64encode(body).decode()}
        return self.envelope({"olm": sealed})

    def envelope(self, content):
        content["from"] = {"device_id": self.id, "identity_key": self.account.curve25519_key.to_base64()}
        return base64.b64encode(json.dumps(content).encode()).decode()

    def send(self, conversation_id, content):
        message = {
            "conversation_id": conversation_id,
            "client_msg_id": f"{self.id}-{next(numbers)}",
            "kind": "encrypted",
            "content": content,
        }
        time_ms = self.now_ms()
        message["client_time"] = to_rfc3339(time_ms)
        message["signature"] = self.sign(message_text(message, self.id, time_ms))
        self.session.call("POST", "/chat/messages", message)
        return message

    def write(self, conversation_id, user_ids, text):
        return self.send(conversation_id, self.seal([*user_ids, self.user_id], text))

    def history(self, conversation_id, after_seq=0):
        path = f"/chat/history?conversation_id={conversation_id}&after_seq={after_seq}&limit=200"
        return self.session.call("GET", path)["messages"]

    def check_sender(self, message):
        """That a device which its person signed for sent exactly this."""
        sender, by = message["sender_id"], message["signed_by"]["device_id"]
        devices = self.lists.get(sender, (0, {}))[1]
        if by not in devices:
            devices = self.devices_of(sender)
        if by not in devices or devices[by]["signing_key"] != message["signed_by"]["signing_key"]:
            raise Distrust("a device that is not theirs")
        verify(devices[by]["signing_key"], message_text(message, by, to_ms(message["client_time"])), message["signature"])
        return devices[by]

    def open(self, message):
        """The text of an encrypted message; None: it is not for this device."""
        device = self.check_sender(message)
        content = json.loads(base64.b64decode(message["content"]))
        if content["from"]["identity_key"] != device["identity_key"]:
            raise Distrust("another identity than the signer's")
        if "megolm" in content:
            sealed = vodozemac.MegolmMessage.from_base64(content["megolm"]["body"])
            decrypted = self.groups[content["megolm"]["session_id"]].decrypt(sealed)
            return (decrypted if isinstance(decrypted, bytes) else decrypted.plaintext).decode()
        sealed = content["olm"].get(self.id)
        if sealed is None:
            return None
        any_message = vodozemac.AnyOlmMessage.from_parts(sealed["type"], base64.b64decode(sealed["body"]))
        first = any_message.to_pre_key()
        known = self.sessions.get(device["device_id"])
        if first is not None and (known is None or not known.session_matches(first)):
            identity = vodozemac.Curve25519PublicKey.from_base64(device["identity_key"])
            self.sessions[device["device_id"]], text = self.account.create_inbound_session(identity, first)
            return text.decode()
        return known.decrypt(any_message).decode()
