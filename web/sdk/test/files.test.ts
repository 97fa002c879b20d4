// Files with messages, through a bad network and over a reload, against the real server.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { type Attachment, Client, type Message, memoryStore, NetherLinkError, type Outgoing } from "@netherlink/client";
import { nodeEnvironment } from "@netherlink/client/node";
import { badNetwork } from "./network.ts";

const root = process.env.NETHERLINK_WEB_ROOT ?? "";
const { startServer } = (await import(`${root}/e2e/server.mjs`)) as {
  startServer(options?: {
    settings: [string, string][];
  }): Promise<{ port: number; stop(): Promise<void>; remove(): void }>;
};

/** A PNG of one colour. */
function png(width: number, height: number): Blob {
  const table = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const crc = (bytes: Buffer) => {
    let c = 0xffffffff;
    for (const byte of bytes) c = (table[(c ^ byte) & 255] as number) ^ (c >>> 8);
    return (c ^ 0xffffffff) >>> 0;
  };
  const piece = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc(body), body.length + 4);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc((width * 3 + 1) * height, 0x70);
  for (let y = 0; y < height; y += 1) rows[y * (width * 3 + 1)] = 0;
  const all = [
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    piece("IHDR", head),
    piece("IDAT", deflateSync(rows)),
    piece("IEND", Buffer.alloc(0)),
  ];
  return new Blob([Buffer.concat(all)], { type: "image/png" });
}

const noise = (size: number) => {
  const bytes = Buffer.alloc(size);
  for (let n = 0; n < size; n += 1) bytes[n] = (n * 2654435761) >>> 24;
  return new Blob([bytes], { type: "application/x-noise" });
};
const sum = (bytes: ArrayBuffer) => createHash("sha256").update(Buffer.from(bytes)).digest("hex");
const until = async (true_: () => boolean) => {
  while (!true_()) await new Promise((resolve) => setTimeout(resolve, 20));
};
const refused = (code: string) => (error: unknown) => error instanceof NetherLinkError && error.code === code;

async function withServer(
  settings: [string, string][],
  run: (server: { port: number }, make: (port?: number, old?: Client) => Client) => Promise<void>,
): Promise<void> {
  const server = await startServer({ settings });
  const clients: Client[] = [];
  const make = (port = server.port, old?: Client) => {
    const session = old ? { load: () => old.session, save: () => undefined } : undefined;
    const client = new Client({
      url: `http://127.0.0.1:${port}`,
      environment: nodeEnvironment(),
      ...(session ? { session } : {}),
    });
    clients.push(client);
    return client;
  };
  try {
    await run(server, make);
  } finally {
    for (const one of clients) one.stop();
    await server.stop();
    server.remove();
  }
}

test("files arrive whole through a bad network, and their messages once", { timeout: 120_000 }, async (context) => {
  await withServer([], async (server, make) => {
    const network = await badNetwork(server.port, 0.05);
    try {
      const login = make();
      await login.register({ username: "ada", password: "correct horse battery" });
      const ada = make(network.port, login);
      ada.timeline("world");
      await ada.start();
      const big = noise(3_000_000);
      ada.send({ conversation: "world", content: "all of it", file: big, name: "noise.bin" });
      ada.send({ conversation: "world", content: "", kind: "image", file: png(40, 20), name: "map.png" });
      ada.send({ conversation: "world", content: "", kind: "image", file: noise(900), name: "not an image.png" });
      ada.send({ conversation: "world", content: "a text does not wait for files" });
      await until(() => ada.outbox.size === 0);
      context.diagnostic(JSON.stringify(network.count));
      network.calm();
      await until(() => ada.timeline("world").level && ada.timeline("world").last === 4);
      const query = { conversation_id: "world", after_seq: 0 };
      const { messages } = await login.call<{ messages: Message[] }>("GET", "/chat/history", { query });
      assert.equal(messages.length, 4);
      const of = (name: string) => messages.find((one) => one.extra?.name === name) as Message;
      assert.deepEqual(
        [of("map.png").kind, of("map.png").extra?.width, of("map.png").extra?.height],
        ["image", 40, 20],
      );
      assert.equal(of("not an image.png").kind, "file");
      const sent = of("noise.bin");
      assert.equal(sent.content, "all of it");
      const file = await login.files.get(sent.extra?.attachment_id as string);
      assert.equal(file.sha256, sum(await big.arrayBuffer()));
      const bytes = await fetch(`http://127.0.0.1:${server.port}${file.url}`);
      assert.equal(sum(await bytes.arrayBuffer()), file.sha256);
      // What the sender sees without asking is what everybody is told.
      assert.deepEqual(ada.timeline("world").get(of("map.png").seq)?.extra, of("map.png").extra);
      assert.equal(await login.files.get(file.attachment_id), file);
      assert.notEqual(await login.files.get(file.attachment_id, true), file);
    } finally {
      network.close();
    }
  });
});

test("an upload goes on after a reload where it ended; given up, it is gone", { timeout: 120_000 }, async () => {
  await withServer([], async (server, make) => {
    const store = memoryStore();
    const login = make();
    await login.register({ username: "ada", password: "correct horse battery" });
    const session = { load: () => login.session, save: () => undefined };
    const visit = async () => {
      const client = new Client({
        url: `http://127.0.0.1:${server.port}`,
        environment: nodeEnvironment(),
        session,
        store,
      });
      client.timeline("world");
      await client.start();
      return client;
    };
    const first = await visit();
    const entry = first.send({ conversation: "world", content: "", file: noise(30_000_000), name: "long.bin" });
    await until(() => (entry.file?.sent ?? 0) > 0);
    first.stop();
    const begun = await login.call<Attachment>("GET", `/attachments/${entry.file?.attachment_id}`);
    assert.ok(begun.offset > 0);
    first.outbox.clear();

    const second = await visit();
    const again = second.outbox.of("world")[0] as Outgoing;
    assert.equal(again.state, "uploading");
    assert.equal(again.file?.attachment_id, entry.file?.attachment_id);
    await until(() => second.outbox.size === 0);
    const { last } = second.timeline("world");
    assert.equal(second.timeline("world").get(last)?.extra?.attachment_id, begun.attachment_id);
    assert.equal((await store.entries("file:")).length, 0);

    const other = second.send({ conversation: "world", content: "", file: noise(30_000_000), name: "wrong.bin" });
    await until(() => (other.file?.sent ?? 0) > 0);
    second.outbox.discard(other.client_msg_id);
    let gone = false;
    while (!gone)
      await login.call("GET", `/attachments/${other.file?.attachment_id}`).catch((error) => {
        gone = refused("resource.not_found")(error);
      });
    assert.equal((await store.entries("file:")).length, 0);
    assert.equal(second.outbox.size, 0);
    second.stop();
  });
});

test("what the server does not take fails with its code, and can be tried again", { timeout: 60_000 }, async () => {
  await withServer([["attachments.max_bytes", "1000"]], async (_server, make) => {
    const ada = make();
    await ada.register({ username: "ada", password: "correct horse battery" });
    await ada.start();
    const entry = ada.send({ conversation: "world", content: "", file: noise(1001), name: "large.bin" });
    await until(() => entry.state === "failed");
    assert.equal(entry.error, "attachment.too_large");
    ada.outbox.retry(entry.client_msg_id);
    assert.equal(entry.state, "uploading");
    await until(() => ada.outbox.of("world")[0]?.state === "failed");
    ada.outbox.discard(entry.client_msg_id);
    assert.equal(ada.outbox.size, 0);
  });
});
