"""Two people, three devices and a server that knows nothing: the whole of end-to-end encryption, against the real binary.

    conversation.py BINARY    prints a line for each case, and the totals (# pass N, # fail N)
"""

import base64
import itertools
import json
import os
import pathlib
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import client as c

PASSWORD = "correct horse battery"
cases = []


def case(function):
    cases.append(function)
    return function


class Server:
    """The binary on a free port, with an empty data folder."""

    def __init__(self, binary, folder, settings=()):
        self.folder = pathlib.Path(folder)
        self.log = open(self.folder.parent / "server.log", "ab")
        arguments = [binary, "serve"]
        for setting in [
            "http.address=127.0.0.1",
            "http.port=0",
            f"store.url=sqlite:///{self.folder}/netherlink.db",
            "auth.password_cost=test",
            "log.format=json",
            "log.level=debug",
            "rate_limits.enabled=false",
            *settings,
        ]:
            arguments += ["--set", setting]
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.port = self.read_port()
        # What it goes on saying is kept for the search afterwards.
        self.reader = threading.Thread(target=self.keep_log)
        self.reader.start()

    def read_port(self):
        for line in self.process.stdout:
            self.log.write(line)
            if b'"listening"' in line:
                return json.loads(line)["port"]
        raise RuntimeError("the server does not start: " + (self.folder.parent / "server.log").read_text())

    def keep_log(self):
        for line in self.process.stdout:
            self.log.write(line)
        self.log.close()

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)
        self.reader.join()

    def files(self):
        """Everything that the server has written: database, journal, attachments, log."""
        yield self.folder.parent / "server.log"
        yield from (path for path in self.folder.rglob("*") if path.is_file())

    def holds(self, text):
        return [path.name for path in self.files() if text in path.read_bytes()]


def forms_of(text):
    """How a text could stand in a file: as it is, in UTF-16, in hexadecimal, in base64 at any offset."""
    plain = text.encode()
    yield plain
    yield text.encode("utf-16-le")
    yield plain.hex().encode()
    for offset in range(3):
        encoded = base64.b64encode(b"?" * offset + plain)
        # Without the characters that depend on what stands beside it.
        yield encoded[4 if offset else 0 : -4]


def now_ms():
    return time.time_ns() // 1_000_000


def secret_text(what):
    """Found nowhere by accident."""
    return f"{what}: {secrets.token_hex(16)} \N{OLD KEY}"


def conversation_of(a, b):
    smaller, larger = sorted((int(a.user_id), int(b.user_id)))
    return f"single_{smaller}_{larger}"


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def refuses(wanted, function, *arguments):
    try:
        function(*arguments)
    except c.Refused as refused:
        expect(refused.code == wanted, f"{refused.code} instead of {wanted}")
        return
    raise AssertionError(f"not refused with {wanted}")


class World:
    """Ada with a phone, Bob with a phone and a tablet."""

    def __init__(self, server):
        self.server = server
        self.said = []
        self.ada = c.Device(c.register(server.port, "ada", PASSWORD), now_ms)
        self.bob = c.Device(c.register(server.port, "bob", PASSWORD), now_ms)
        self.tablet = c.Device(c.login(server.port, "bob", PASSWORD), now_ms)
        self.direct = conversation_of(self.ada, self.bob)
        self.last_message = None

    def say(self, device, other, text):
        self.said.append(text)
        self.last_message = device.write(self.direct, [other.user_id], text)
        return self.last_message

    def read_last(self, device):
        return device.open(device.history(self.direct)[-1])


@case
def devices_publish_and_verify_each_other(w):
    for device in (w.ada, w.bob, w.tablet):
        answer = device.publish(one_time_keys=8)
        expect(answer["one_time_keys"] == 8, answer)
    seen_by_ada = w.ada.devices_of(w.bob.user_id)
    expect(set(seen_by_ada) == {w.bob.id, w.tablet.id}, seen_by_ada)
    ours = w.ada.devices_of(w.ada.user_id).values()
    theirs = w.bob.devices_of(w.ada.user_id).values()
    on_ada = c.safety_number((w.ada.user_id, ours), (w.bob.user_id, seen_by_ada.values()))
    on_bob = c.safety_number((w.bob.user_id, w.bob.devices_of(w.bob.user_id).values()), (w.ada.user_id, theirs))
    expect(on_ada == on_bob and len(on_ada) == 71, f"{on_ada} / {on_bob}")


@case
def every_device_reads_what_is_said(w):
    for turn in range(4):
        text = secret_text(f"from Ada {turn}")
        w.say(w.ada, w.bob, text)
        expect(w.read_last(w.bob) == text, "Bob reads something else")
        expect(w.read_last(w.tablet) == text, "the tablet reads something else")
        answer = secret_text(f"from Bob {turn}")
        w.say(w.bob, w.ada, answer)
        expect(w.read_last(w.ada) == answer, "Ada reads something else")
        expect(w.read_last(w.tablet) == answer, "Bob's own tablet reads something else")


@case
def messages_that_wait_are_read_in_any_order(w):
    texts = [secret_text(f"while you were out {n}") for n in range(5)]
    before = len(w.bob.history(w.direct))
    for text in texts:
        w.say(w.ada, w.bob, text)
    waiting = w.bob.history(w.direct, before)
    for message, text in reversed(list(zip(waiting, texts))):
        expect(w.bob.open(message) == text, "another text")


@case
def without_one_time_keys_the_signed_pre_key_does(w):
    others = [c.Device(c.register(w.server.port, f"caller{n}", PASSWORD), now_ms) for n in range(9)]
    fallbacks = 0
    for other in others:
        other.publish()
        devices = other.devices_of(w.ada.user_id)
        fallbacks += len(other.begin(w.ada.user_id, devices))
        text = secret_text("hello from somebody new")
        w.said.append(text)
        conversation = conversation_of(other, w.ada)
        other.write(conversation, [w.ada.user_id], text)
        expect(w.ada.open(w.ada.history(conversation)[-1]) == text, "another text")
    own = w.ada.session.call("GET", "/e2e/keys")
    expect(fallbacks > 0 and own["one_time_keys"] == 0 and own["pre_key_used"], (fallbacks, own))
    expect(w.ada.publish(one_time_keys=5)["one_time_keys"] == 5, "not filled up")


@case
def a_group_speaks_with_one_key(w):
    for who, whom in ((w.ada, w.bob),):
        request = who.session.call("POST", "/friends/requests", {"user_id": whom.user_id})
        whom.session.call("POST", f"/friends/requests/{request['id']}/accept")
    group = w.ada.session.call("POST", "/groups", {"name": "plans", "members": [w.bob.user_id]})
    sending = c.vodozemac.GroupSession()
    key = sending.session_key.to_base64()
    # The key of the group goes from device to device, like anything else that is said.
    w.say(w.ada, w.bob, json.dumps({"session_id": sending.session_id, "session_key": key}))
    for device in (w.bob, w.tablet):
        told = json.loads(w.read_last(device))
        received = c.vodozemac.InboundGroupSession(c.vodozemac.SessionKey(told["session_key"]))
        expect(received.session_id == told["session_id"], "another session")
        device.groups[told["session_id"]] = received
    w.said.append(key)
    for turn in range(3):
        text = secret_text(f"to the group {turn}")
        w.said.append(text)
        body = sending.encrypt(text.encode()).to_base64()
        sealed = w.ada.envelope({"megolm": {"session_id": sending.session_id, "body": body}})
        w.ada.send(group["conversation_id"], sealed)
        for device in (w.bob, w.tablet):
            expect(device.open(device.history(group["conversation_id"])[-1]) == text, "another text")


@case
def a_server_that_lies_is_found_out(w):
    text = secret_text("believe me")
    w.say(w.ada, w.bob, text)
    message = w.bob.history(w.direct)[-1]
    for field, value in (
        ("content", w.last_message["content"][:-8] + "AAAAAAA="),
        ("conversation_id", "world"),
        ("client_time", c.to_rfc3339(now_ms() - 60_000)),
        ("client_msg_id", "another"),
    ):
        try:
            w.bob.open({**message, field: value})
        except c.Distrust:
            continue
        raise AssertionError(f"{field} can be changed")
    expect(w.bob.open(message) == text, "another text")
    # A device of the server's own among Bob's: nobody of Bob's signed for it, and the number is another.
    bob = w.ada.lists[w.bob.user_id][1]
    guest = c.vodozemac.Account()
    put_in = {"identity_key": guest.curve25519_key.to_base64(), "signing_key": guest.ed25519_key.to_base64()}
    put_in["signature"] = guest.sign(c.device_text(w.bob.user_id, put_in).encode()).to_base64()
    own = list(w.ada.lists[w.ada.user_id][1].values())
    before = c.safety_number((w.ada.user_id, own), (w.bob.user_id, bob.values()))
    after = c.safety_number((w.ada.user_id, own), (w.bob.user_id, [*bob.values(), put_in]))
    expect(before != after, "an added device does not show")


@case
def what_is_replayed_or_old_is_refused(w):
    count = len(w.ada.history(w.direct))
    again = w.ada.session.call("POST", "/chat/messages", w.last_message)
    expect(again["duplicate"] is True and len(w.ada.history(w.direct)) == count, again)
    moved = {**w.last_message, "client_msg_id": "replayed"}
    refuses("chat.signature_invalid", w.ada.session.call, "POST", "/chat/messages", moved)
    refuses("chat.signature_invalid", w.bob.session.call, "POST", "/chat/messages", w.last_message)
    slow = c.Device.__new__(c.Device)
    slow.__dict__.update(w.ada.__dict__, now_ms=lambda: now_ms() - 3_600_000)
    refuses("chat.stale", slow.send, w.direct, w.last_message["content"])


@case
def a_device_that_signs_out_hears_no_more(w):
    before = w.ada.lists[w.bob.user_id][0]
    w.tablet.session.call("POST", "/auth/logout", {})
    text = secret_text("not for the tablet")
    message = w.say(w.ada, w.bob, text)
    expect(w.ada.lists[w.bob.user_id][0] > before, "the version stayed")
    sealed = json.loads(base64.b64decode(message["content"]))["olm"]
    expect(w.tablet.id not in sealed and w.bob.id in sealed, list(sealed))
    expect(w.read_last(w.bob) == text, "another text")


@case
def nothing_that_was_said_is_on_disk(w):
    marker = secret_text("in clear")
    w.ada.session.call("POST", "/chat/messages", {
        "conversation_id": "world", "client_msg_id": "clear", "kind": "text", "content": marker,
    })
    # Once killed, with its journal as it was; once ended well.
    for how in (signal.SIGKILL, signal.SIGTERM):
        w.server.end(how)
        expect(w.server.holds(marker.encode()), "the search does not find what is there")
        expect(w.server.holds(w.last_message["content"].encode()), "the encrypted message is not there")
        expect(len(w.said) > 20, "too little was said")
        for text, form in itertools.chain.from_iterable(((t, f) for f in forms_of(t)) for t in w.said):
            found = w.server.holds(form)
            expect(not found, f"{text!r} stands in {found}")
        if how == signal.SIGKILL:
            w.server.__init__(w.server.process.args[0], w.server.folder)


def main():
    binary = sys.argv[1]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="netherlink-encryption-") as folder:
        data = os.path.join(folder, "data")
        os.mkdir(data)
        server = Server(binary, data)
        try:
            world = World(server)
            for function in cases:
                try:
                    function(world)
                    print("ok", function.__name__)
                except Exception:
                    failed += 1
                    print("not ok", function.__name__)
                    traceback.print_exc(file=sys.stdout)
        finally:
            server.end(signal.SIGKILL)
    print(f"# pass {len(cases) - failed}\n# fail {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
