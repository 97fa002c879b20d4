// A storm in the lobby, a server that dies under the page, and a start without any network.
// STORM=… messages in the storm; LONG=100000 scrolls through that many.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { befriend, call, fill, look, person, say, sees, signUp, singleOf } from "./people.mjs";
import { startServer } from "./server.mjs";

const storm = Number(process.env.STORM ?? 2000);
const long = Number(process.env.LONG ?? 5000);
let server, browser, ada, bob;
before(async () => {
  server = await startServer();
  browser = await launch();
  [ada, bob] = await Promise.all([0, 1].map(() => person(browser, server.url)));
  await signUp(ada, "ada", "Ada");
  await signUp(bob, "bob", "Bob");
  await befriend(ada, bob);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  server?.remove();
});

/**
 * From now on until it is called: how long it took from frame to frame, and how long a frame held the page, both in
 * milliseconds. The first also counts what else the machine was doing.
 */
async function watchFrames(page) {
  await page.evaluate(() => {
    const watch = { gaps: [], holds: [], on: true };
    globalThis.watched = watch;
    const channel = new MessageChannel();
    let began = performance.now();
    const next = () => {
      if (watch.on) requestAnimationFrame(frame);
    };
    const frame = () => {
      const now = performance.now();
      watch.gaps.push(now - began);
      began = now;
      channel.port2.postMessage(0);
    };
    channel.port1.onmessage = () => {
      watch.holds.push(performance.now() - began);
      next();
    };
    next();
  });
  return async () => {
    const { gaps, holds } = await page.evaluate(() => {
      globalThis.watched.on = false;
      return globalThis.watched;
    });
    const at = (all, share) => {
      all.sort((a, b) => a - b);
      return Math.round(all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? 0);
    };
    const [gap, hold] = [at(gaps, 0.5), at(holds, 0.95)];
    const text = `${gaps.length} frames, every ${gap} ms (95 %: ${at(gaps, 0.95)}), each holding the page for ${at(holds, 0.5)} ms (95 %: ${hold})`;
    return { gap, hold, text };
  };
}

test("a storm in the lobby", async (context) => {
  await ada.page.goto(`${server.url}/c/world`);
  await ada.page.waitForSelector(".composer textarea");
  await bob.page.goto(`${server.url}/friends`);
  let pulls = 0;
  ada.page.on("request", (request) => {
    if (request.url().includes("/chat/pull/lobby")) pulls += 1;
  });
  const stop = await watchFrames(ada.page);
  await fill(bob, { conversation_id: "world" }, storm, { rate: 200, name: "storm" });
  await ada.page.waitForSelector(`[data-seq="${storm}"] .content`);
  const { gap, hold, text } = await stop();
  context.diagnostic(`${storm} messages: ${pulls} pulls; ${text}`);
  assert.ok(pulls > 0, "nothing was pulled");
  assert.ok(pulls < storm / 5, `${pulls} pulls`);
  assert.ok(gap < 50 && hold < 50, text);
  // The stick is where it was: the newest is in view, and nothing is missing.
  const seqs = await ada.page.evaluate(() =>
    [...document.querySelectorAll(".row[data-seq]")].map((row) => Number(row.dataset.seq)),
  );
  assert.equal(seqs.at(-1), storm);
  assert.deepEqual(
    seqs,
    [...seqs].sort((a, b) => a - b),
  );
  assert.equal(await ada.page.locator(".skeleton").count(), 0);
  // The page is usable at once.
  await say(ada, "What a storm!");
  await sees(ada, "What a storm!");
});

test("the server is killed under the page, and comes back", async () => {
  const id = singleOf(ada.id, bob.id);
  await ada.page.goto(`${server.url}/c/${id}`);
  await bob.page.goto(`${server.url}/c/${id}`);
  await say(ada, "before");
  await sees(bob, "before");
  await server.stop("SIGKILL");
  await ada.page.waitForSelector(".connection-bar");
  await say(ada, "while it was gone");
  await say(ada, "twice");
  await ada.page.waitForSelector(".is-pending:has-text('twice')");
  server = await startServer({ port: server.port, folder: server.folder });
  await sees(bob, "while it was gone");
  await sees(bob, "twice");
  await ada.page.waitForSelector(".is-pending", { state: "detached" });
  const { messages } = await call(bob, "GET", `/chat/history?conversation_id=${id}`);
  assert.deepEqual(
    messages.map((one) => one.content),
    ["before", "while it was gone", "twice"],
  );
});

test("without a network it opens, shows what it knows, and marks what waits", async () => {
  const id = singleOf(ada.id, bob.id);
  await ada.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  // What is kept for the next visit is written a moment after it came.
  const keptOf = (key) =>
    ada.page.evaluate(
      (name) =>
        new Promise((resolve) => {
          const open = indexedDB.open("netherlink");
          open.onerror = () => resolve("");
          open.onsuccess = () => {
            const db = open.result;
            const store = db.objectStoreNames[0];
            if (!store) return resolve("");
            const asked = db.transaction(store).objectStore(store).get(name);
            asked.onsuccess = () => {
              db.close();
              resolve(asked.result?.messages?.at(-1)?.content ?? "");
            };
            asked.onerror = () => resolve("");
          };
        }),
      key,
    );
  const kept = async (key, content) => {
    let found = await keptOf(key);
    for (let tries = 0; tries < 150 && found !== content; tries += 1) {
      await ada.page.waitForTimeout(200);
      found = await keptOf(key);
    }
    assert.equal(found, content, `what is kept of ${key}`);
  };
  await kept(`timeline:${id}`, "twice");
  await ada.page.click(".conversation:has-text('Lobby')");
  await kept("timeline:world", "What a storm!");
  await server.stop("SIGKILL");
  await ada.context.setOffline(true);
  await ada.page.goto(`${server.url}/c/${id}`);
  await ada.page.waitForSelector(".row:has-text('while it was gone')");
  await ada.page.waitForSelector(".conversation:has-text('Bob')");
  await ada.page.waitForSelector(".connection-bar:has-text('offline')");
  await say(ada, "for later");
  await ada.page.waitForSelector(".is-pending:has-text('for later')");
  await look(ada, "offline");
  await ada.page.click(".conversation:has-text('Lobby')");
  await ada.page.waitForSelector(".row:has-text('What a storm!')");
  await ada.page.reload();
  await ada.page.click(".conversation:has-text('Bob')");
  await ada.page.waitForSelector(".is-pending:has-text('for later')");
  server = await startServer({ port: server.port, folder: server.folder });
  await ada.context.setOffline(false);
  await sees(ada, "for later");
  await sees(bob, "for later");
});

test("a very long conversation scrolls from end to end", async (context) => {
  await bob.page.goto(`${server.url}/friends`);
  await fill(bob, { to_user_id: ada.id }, long, { name: "long" });
  const id = singleOf(ada.id, bob.id);
  await ada.page.goto(`${server.url}/c/${id}`);
  await ada.page.waitForSelector(".row[data-seq]");
  if (await ada.page.locator(".to-end").count()) await ada.page.click(".to-end");
  const last = long + 4;
  await ada.page.waitForSelector(`[data-seq="${last}"] .content`);
  const session = await ada.context.newCDPSession(ada.page);
  const used = async () => {
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Runtime.getHeapUsage")).usedSize / 2 ** 20;
  };
  const before = await used();
  const stop = await watchFrames(ada.page);
  // As dragging the bar does, from the end to the beginning and back.
  const steps = 60;
  for (let n = 0; n <= steps * 2; n += 1) {
    const share = Math.abs(steps - n) / steps;
    await ada.page.evaluate((at) => {
      const box = document.querySelector(".messages-scroll");
      box.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
      box.scrollTop = (box.scrollHeight - box.clientHeight) * at;
    }, share);
    await ada.page.waitForTimeout(40);
  }
  const { gap, hold, text } = await stop();
  const rise = (await used()) - before;
  const elements = await ada.page.evaluate(() => document.querySelectorAll("*").length);
  context.diagnostic(
    `${long} messages: ${text}; memory ${before.toFixed(1)} MiB and ${rise.toFixed(1)} more, ${elements} elements`,
  );
  assert.ok(gap < 50 && hold < 50, text);
  assert.ok(rise < 25, `${rise} MiB more`);
  assert.ok(elements < 4000, `${elements} elements`);
  if (await ada.page.locator(".to-end").count()) await ada.page.click(".to-end");
  await ada.page.waitForSelector(`[data-seq="${last}"] .content`);
});

test("nothing complained", () => {
  assert.deepEqual([...ada.complaints, ...bob.complaints], []);
});
