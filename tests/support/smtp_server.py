"""A mail server for tests: keeps every mail that it takes as NNNN.json in a folder, and does what the file `mode` there says.

Usage: smtp_server.py FOLDER PORT [--tls starttls|smtps] [--auth NAME:PASSWORD]      (python3-aiosmtpd)

Modes: accept; refuse (550 at RCPT); refuse_text (554 after DATA); busy (451 at RCPT); slow (answers DATA after a minute);
forget (takes the mail, and breaks off before it says so); break (breaks off in the middle of DATA).
"""
import argparse
import asyncio
import json
import os
import pathlib
import ssl
import subprocess
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, AuthResult


def body_of(message, kind):
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part else ""


class Handler:
    def __init__(self, folder):
        self.folder = folder
        self.kept = len(list(folder.glob("[0-9]*.json")))

    def mode(self):
        try:
            return (self.folder / "mode").read_text().strip()
        except FileNotFoundError:
            return "accept"

    def keep(self, server, session, envelope):
        message = message_from_bytes(envelope.content, policy=policy.default)
        kept = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": message["subject"],
            "raw_subject": next(v for k, v in message_from_bytes(envelope.content).items() if k.lower() == "subject"),
            "header_from": str(message["from"]),
            "header_names": [name.lower() for name in message.keys()],
            "message_id": str(message["message-id"]),
            "text": body_of(message, "plain"),
            "html": body_of(message, "html"),
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "helo": session.host_name,
            "authenticated": bool(session.authenticated),
        }
        self.kept += 1
        unfinished = self.folder / "unfinished"
        unfinished.write_text(json.dumps(kept))
        unfinished.rename(self.folder / f"{self.kept:04}.json")

    async def handle_RCPT(self, server, session, envelope, address, options):
        (self.folder / "tried").open("a").write("x")
        if self.mode() == "refuse":
            return f"550 no such mailbox: {address}"
        if self.mode() == "busy":
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mode = self.mode()
        if mode == "slow":
            await asyncio.sleep(60)
        if mode == "refuse_text":
            return "554 we do not like what it says"
        self.keep(server, session, envelope)
        if mode == "forget":
            server.transport.abort()
        return "250 OK"


class Server(SMTP):
    async def smtp_DATA(self, arg):
        if self.event_handler.mode() == "break":
            await self.push("354 go on")
            await self._reader.readline()
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


def certificate(folder):
    files = folder / "certificate.pem", folder / "key.pem"
    if not files[0].exists():
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", files[1], "-out", files[0]],
            check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--tls", choices=["starttls", "smtps"])
    parser.add_argument("--auth")
    arguments = parser.parse_args()
    context = certificate(arguments.folder) if arguments.tls else None
    handler = Handler(arguments.folder)

    def authenticate(server, session, envelope, mechanism, data):
        given = f"{data.login.decode()}:{data.password.decode()}"
        return AuthResult(success=given == arguments.auth, handled=False)

    def session():
        return Server(
            handler,
            hostname="mail.test",
            enable_SMTPUTF8=True,
            tls_context=context if arguments.tls == "starttls" else None,
            require_starttls=arguments.tls == "starttls",
            authenticator=authenticate if arguments.auth else None,
            auth_required=bool(arguments.auth),
            auth_require_tls=False,
        )

    server = await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", arguments.port, ssl=context if arguments.tls == "smtps" else None)
    port = server.sockets[0].getsockname()[1]
    (arguments.folder / "unfinished").write_text(str(port))
    os.rename(arguments.folder / "unfinished", arguments.folder / "port")
    print("ready", port, flush=True)
    await server.serve_forever()


asyncio.run(main())
