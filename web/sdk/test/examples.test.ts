import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Client, type Message } from "@netherlink/client";
import { nodeEnvironment } from "@netherlink/client/node";

const root = process.env.NETHERLINK_WEB_ROOT ?? "";
const { startServer } = (await import(`${root}/e2e/server.mjs`)) as {
  startServer(): Promise<{ port: number; stop(): Promise<void>; remove(): void }>;
};
const { build } = (await import(`${root}/node_modules/esbuild/lib/main.js`)) as typeof import("esbuild");

test("the bot answers, through a restart of its own too", { timeout: 120_000 }, async () => {
  const server = await startServer();
  const folder = mkdtempSync(join(tmpdir(), "netherlink-bot-"));
  const url = `http://127.0.0.1:${server.port}`;
  const ada = new Client({ url, environment: nodeEnvironment() });
  const run = async () => {
    const env = { PATH: process.env.PATH, BOT_SERVER: url, BOT_NAME: "dice", BOT_PASSWORD: "correct horse battery" };
    const bot = spawn(process.execPath, [join(folder, "bot.mjs")], { env, stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => bot.on("exit", resolve));
    await new Promise<void>((resolve, reject) => {
      bot.stdout.on("data", (text: Buffer) => String(text).includes("listens") && resolve());
      void ended.then(() => reject(new Error("the bot ended")));
    });
    return async () => {
      bot.kill();
      await ended;
    };
  };
  let stop: (() => Promise<void>) | undefined;
  try {
    await build({
      absWorkingDir: root,
      entryPoints: ["sdk/examples/bot.ts"],
      outfile: join(folder, "bot.mjs"),
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node18",
      supported: { "top-level-await": true },
      alias: { "@netherlink/client/node": "./sdk/src/node.ts", "@netherlink/client": "./sdk/src/index.ts" },
    });
    await ada.register({ username: "ada", password: "correct horse battery" });
    const answers: Message[] = [];
    ada.timeline("world").events.on("message", (message) => {
      if (message.content.startsWith("🎲")) answers.push(message);
    });
    await ada.start();
    for (let round = 1; round <= 2; round += 1) {
      stop = await run();
      // It hears what is said from its start on.
      while (answers.length < round) {
        ada.send({ conversation: "world", content: "!roll" });
        for (let n = 0; n < 50 && answers.length < round; n += 1)
          await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await stop();
      stop = undefined;
    }
    assert.match(answers[0]?.content ?? "", /^🎲 [1-6]$/);
    assert.equal(answers[0]?.quote?.content, "!roll");
  } finally {
    ada.stop();
    await stop?.();
    await server.stop();
    server.remove();
    rmSync(folder, { recursive: true, force: true });
  }
});
