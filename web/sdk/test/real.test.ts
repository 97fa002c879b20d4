import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";
import { test } from "node:test";
import {
  browserEnvironment,
  Client,
  type Environment,
  type Message,
  memoryStore,
  type SocketLike,
} from "@netherlink/client";

const root = process.env.NETHERLINK_WEB_ROOT ?? "";
const { startServer } = (await import(`${root}/e2e/server.mjs`)) as {
  startServer(): Promise<{ port: number; stop(): Promise<void>; remove(): void }>;
};

/** As much of RFC 6455 as a test needs: Node 18 has no WebSocket of its own. Small text frames, pings. */
class PlainSocket implements SocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly #socket: Socket;
  #buffer = Buffer.alloc(0);
  #open = false;
  #code = 1006;

  constructor(url: string, protocols: string[]) {
    const { hostname, port, pathname } = new URL(url);
    const key = randomBytes(16).toString("base64");
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    this.#socket = connect(Number(port), hostname, () => {
      const lines = [
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        `Sec-WebSocket-Key: ${key}`,
      ];
      const more = `Sec-WebSocket-Protocol: ${protocols.join(", ")}`;
      this.#socket.write(
        `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${lines.join("\r\n")}\r\n${more}\r\n\r\n`,
      );
    });
    this.#socket.on("data", (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      if (!this.#open) {
        const end = this.#buffer.indexOf("\r\n\r\n");
        if (end < 0) return;
        if (!this.#buffer.subarray(0, end).includes(accept)) return void this.#socket.destroy();
        this.#buffer = this.#buffer.subarray(end + 4);
        this.#open = true;
      }
      this.#read();
    });
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => this.onclose?.({ code: this.#code }));
  }

  #read(): void {
    for (;;) {
      const b = this.#buffer;
      if (b.length < 2) return;
      let size = (b[1] as number) & 127;
      let at = 2;
      if (size === 126) {
        if (b.length < 4) return;
        size = b.readUInt16BE(2);
        at = 4;
      } else if (size === 127) {
        if (b.length < 10) return;
        size = Number(b.readBigUInt64BE(2));
        at = 10;
      }
      if (b.length < at + size) return;
      const body = b.subarray(at, at + size);
      this.#buffer = b.subarray(at + size);
      const code = (b[0] as number) & 15;
      if (code === 1) this.onmessage?.({ data: body.toString() });
      else if (code === 9) this.#write(10, body);
      else if (code === 8) this.#code = body.length >= 2 ? body.readUInt16BE(0) : 1005;
    }
  }

  #write(code: number, body: Buffer): void {
    const mask = randomBytes(4);
    const head =
      body.length < 126
        ? Buffer.from([128 | code, 128 | body.length])
        : Buffer.from([128 | code, 254, body.length >> 8, body.length & 255]);
    this.#socket.write(Buffer.concat([head, mask, Buffer.from(body.map((byte, n) => byte ^ (mask[n % 4] as number)))]));
  }

  send(text: string): void {
    this.#write(1, Buffer.from(text));
  }
  close(): void {
    this.#socket.destroy();
  }
}

/** Between client and server: delays everything a little, and cuts connections in the middle of what they say. */
async function badNetwork(to: number): Promise<{ port: number; calm(): void; close(): void }> {
  let bad = true;
  const all = new Set<Socket>();
  const pass = (from: Socket, other: Socket) => {
    let free = Promise.resolve();
    from.on("data", (chunk) => {
      free = free.then(async () => {
        if (bad) await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
        if (bad && Math.random() < 0.02) {
          other.write(chunk.subarray(0, Math.floor(chunk.length / 2)));
          from.destroy();
          other.destroy();
        } else if (!other.destroyed) {
          other.write(chunk);
        }
      });
    });
    from.on("error", () => undefined);
    from.on("close", () => void free.then(() => other.destroy()));
  };
  const proxy: Server = createServer((client) => {
    const server = connect(to, "127.0.0.1");
    all.add(client).add(server);
    pass(client, server);
    pass(server, client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    port: (proxy.address() as { port: number }).port,
    calm: () => {
      bad = false;
    },
    close: () => {
      proxy.close();
      for (const one of all) one.destroy();
    },
  };
}

test(
  "through a network that delays and cuts, timelines equal the history of the real server",
  { timeout: 120_000 },
  async () => {
    const server = await startServer();
    const network = await badNetwork(server.port);
    const environment: Environment = {
      ...browserEnvironment(),
      socket: (url, protocols) => new PlainSocket(url, protocols),
    };
    const people: Client[] = [];
    try {
      for (const username of ["ada", "bob", "cleo"]) {
        // The account itself is made in peace.
        const login = new Client({ url: `http://127.0.0.1:${server.port}`, environment });
        await login.register({ username, password: "correct horse battery" });
        const client = new Client({
          url: `http://127.0.0.1:${network.port}`,
          environment,
          store: memoryStore(),
          session: { load: () => login.session, save: () => undefined },
        });
        client.timeline("world");
        await client.start();
        people.push(client);
      }
      const each = 60;
      for (let n = 0; n < each; n += 1) {
        for (const client of people) client.send({ conversation: "world", content: `${client.user?.username} ${n}` });
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
      network.calm();
      const total = each * people.length;
      const level = () =>
        people.every(
          (one) => one.outbox.size === 0 && one.timeline("world").level && one.timeline("world").last === total,
        );
      while (!level()) await new Promise((resolve) => setTimeout(resolve, 100));

      const first = people[0] as Client;
      const truth: Message[] = [];
      while (truth.length < total) {
        const query = { conversation_id: "world", after_seq: truth.length, limit: 200 };
        truth.push(...(await first.call<{ messages: Message[] }>("GET", "/chat/history", { query })).messages);
      }
      for (const client of people) {
        const said = truth.filter((one) => one.sender_id === client.user?.id).map((one) => one.content);
        assert.deepEqual(
          said,
          Array.from({ length: each }, (_, n) => `${client.user?.username} ${n}`),
        );
        const timeline = client.timeline("world");
        await timeline.load(1, total);
        const held = truth.map((one) => timeline.get(one.seq));
        assert.deepEqual(
          held.map((one) => [one?.message_id, one?.content]),
          truth.map((one) => [one.message_id, one.content]),
        );
      }
    } finally {
      for (const one of people) one.stop();
      network.close();
      await server.stop();
      server.remove();
    }
  },
);
