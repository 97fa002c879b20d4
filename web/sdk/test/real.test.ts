import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, type Message, memoryStore } from "@netherlink/client";
import { nodeEnvironment } from "@netherlink/client/node";
import { badNetwork } from "./network.ts";

const root = process.env.NETHERLINK_WEB_ROOT ?? "";
const { startServer } = (await import(`${root}/e2e/server.mjs`)) as {
  startServer(): Promise<{ port: number; stop(): Promise<void>; remove(): void }>;
};

test(
  "through a network that delays, cuts, doubles and reorders, timelines equal the history of the real server",
  { timeout: 120_000 },
  async (context) => {
    const server = await startServer();
    const network = await badNetwork(server.port);
    const environment = nodeEnvironment();
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
      context.diagnostic(JSON.stringify(network.count));
      for (const [what, times] of Object.entries(network.count)) assert.ok(times > 0, `nothing was ${what}`);
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
