// The minimal page of the SDK, from a place of its own that the server allows.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { launch } from "./browser.mjs";
import { call, password, person, signUp } from "./people.mjs";
import { startServer } from "./server.mjs";

const file = (path) => fileURLToPath(new URL(`../sdk/${path}`, import.meta.url));
let pages, server, browser, ada;
before(async () => {
  const sdk = esbuild.buildSync({ entryPoints: [file("src/index.ts")], bundle: true, format: "esm", write: false });
  const files = {
    "/": ["text/html", readFileSync(file("examples/page.html"))],
    "/client.js": ["text/javascript", sdk.outputFiles[0].contents],
  };
  pages = createServer((asked, answer) => {
    const [type, body] = files[new URL(asked.url, "http://x").pathname] ?? ["text/plain", ""];
    answer.writeHead(body ? 200 : 404, { "content-type": type }).end(body);
  });
  await new Promise((resolve) => pages.listen(0, "127.0.0.1", resolve));
  pages.url = `http://127.0.0.1:${pages.address().port}`;
  server = await startServer({
    settings: [
      ["http.cors_origins", pages.url],
      ["ws.origins", pages.url],
    ],
  });
  browser = await launch();
  ada = await person(browser, server.url);
  await signUp(ada, "ada", "Ada");
});
after(async () => {
  await browser?.close();
  await server?.stop();
  server?.remove();
  pages?.close();
});

test("the minimal page reads and writes", async () => {
  const page = await (await browser.newContext()).newPage();
  page.on("dialog", (dialog) => dialog.accept(dialog.message() === "Name" ? "ada" : password));
  await page.goto(`${pages.url}/?server=${encodeURIComponent(server.url)}`);
  await page.waitForFunction(() => Object.keys(localStorage).length > 0);
  await call(ada, "POST", "/chat/messages", {
    conversation_id: "world",
    client_msg_id: "one",
    kind: "text",
    content: "Hello, page",
  });
  await page.waitForSelector("li:has-text('Hello, page')");
  await page.fill("#text", "Hello, world");
  await page.click("button");
  await page.waitForSelector("li:has-text('Hello, world')");
  let said;
  do said = (await call(ada, "GET", "/chat/history?conversation_id=world")).messages.at(-1).content;
  while (said !== "Hello, world");
  assert.equal(said, "Hello, world");
});
