// The list of messages over a long history: nothing jumps, a jump lands, the place is kept, hostile text does nothing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { axe, call, fill, look, person, say, sees, signUp, singleOf } from "./people.mjs";
import { startServer } from "./server.mjs";

const count = 3000;
let server, browser, ada, bob, id;
before(async () => {
  server = await startServer();
  browser = await launch();
  ada = await person(browser, server.url);
  bob = await person(browser, server.url);
  await signUp(ada, "ada", "Ada");
  await signUp(bob, "bob", "Bob");
  id = singleOf(ada.id, bob.id);
  await fill(bob, { to_user_id: ada.id }, count);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  server?.remove();
});

/** Where the first row in view is: its seq and its distance from the top. */
const place = (page) =>
  page.evaluate(() => {
    const box = document.querySelector(".messages-scroll").getBoundingClientRect();
    const row = [...document.querySelectorAll(".row[data-seq]")].find(
      (one) => one.getBoundingClientRect().bottom > box.top + 1,
    );
    return row ? { seq: Number(row.dataset.seq), top: Math.round(row.getBoundingClientRect().top - box.top) } : null;
  });

const quiet = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        const box = document.querySelector(".messages-scroll");
        let last = "";
        let same = 0;
        const look = () => {
          const now = `${box.scrollTop} ${document.querySelectorAll(".skeleton").length} ${document.querySelector(".rows").childElementCount}`;
          same = now === last ? same + 1 : 0;
          last = now;
          if (same > 12) resolve();
          else requestAnimationFrame(look);
        };
        look();
      }),
  );

test("opens where reading goes on", async () => {
  await ada.page.goto(`${server.url}/c/${id}`);
  await ada.page.waitForSelector(".new-line");
  await quiet(ada.page);
  const { seq, top } = await place(ada.page);
  assert.equal(seq, 1);
  assert.ok(top >= -2, `top ${top}`);
});

test("the end is one press away, and sticks", async () => {
  await ada.page.click(".to-end");
  await ada.page.waitForSelector(`[data-seq="${count}"] .content`);
  await quiet(ada.page);
  await say(bob.page.url().includes(id) ? bob : await toChat(bob), "and one more");
  await sees(ada, "and one more");
  await quiet(ada.page);
  const gap = await ada.page.evaluate(() => {
    const box = document.querySelector(".messages-scroll");
    return box.scrollHeight - box.scrollTop - box.clientHeight;
  });
  assert.ok(gap < 3, `gap ${gap}`);
});

async function toChat(who) {
  await who.page.goto(`${server.url}/c/${id}`);
  await who.page.waitForSelector(".composer textarea");
  return who;
}

test("scrolling up through history, nothing jumps", async () => {
  await ada.page.hover(".messages-scroll");
  for (let n = 0; n < 12; n += 1) {
    await ada.page.mouse.wheel(0, -900);
    await ada.page.waitForTimeout(60);
  }
  await quiet(ada.page);
  const before = await place(ada.page);
  // Older messages load above, and new ones come in below: what is read stays where it is.
  await fill(bob, { to_user_id: ada.id }, 3).catch(() => undefined);
  await say(bob, "below the fold");
  await ada.page.waitForTimeout(600);
  await quiet(ada.page);
  assert.deepEqual(await place(ada.page), before);
  await ada.page.waitForSelector(".to-end:has-text('new')");
});

test("every wheel step moves what is in view by that much", async () => {
  for (const step of [-300, -300, -300, 300, -300]) {
    const from = await ada.page.evaluate(() => {
      const box = document.querySelector(".messages-scroll").getBoundingClientRect();
      const rows = [...document.querySelectorAll(".row[data-seq]")].filter(
        (one) => one.getBoundingClientRect().bottom > box.top + 200,
      );
      return { seq: rows[0].dataset.seq, top: rows[0].getBoundingClientRect().top };
    });
    await ada.page.mouse.wheel(0, step);
    await ada.page.waitForTimeout(250);
    await quiet(ada.page);
    const to = await ada.page.evaluate(
      (seq) => document.querySelector(`[data-seq="${seq}"]`)?.getBoundingClientRect().top,
      from.seq,
    );
    assert.ok(Math.abs(to - from.top + step) <= 2, `moved ${to - from.top}, not ${-step}`);
  }
});

test("a jump to a far message lands on it, and marks it", async () => {
  const { messages } = await call(ada, "GET", `/chat/history?conversation_id=${id}&after_seq=41&limit=1`);
  await call(bob, "POST", "/chat/messages", {
    to_user_id: ada.id,
    client_msg_id: "far",
    kind: "text",
    content: "see above",
    reply_to: messages[0].message_id,
  });
  await ada.page.click(".to-end");
  await ada.page.click(".row:has-text('see above') .quote");
  await ada.page.waitForSelector('[data-seq="42"].is-found');
  await quiet(ada.page);
  const top = await ada.page.evaluate(() => {
    const box = document.querySelector(".messages-scroll");
    return (
      (document.querySelector('[data-seq="42"]').getBoundingClientRect().top - box.getBoundingClientRect().top) /
      box.clientHeight
    );
  });
  assert.ok(Math.abs(top - 0.3) < 0.02, `at ${top}`);
});

test("the place is kept per conversation", async () => {
  await ada.page.mouse.wheel(0, 700);
  await ada.page.waitForTimeout(300);
  await quiet(ada.page);
  const before = await place(ada.page);
  await ada.page.click(".conversation:has-text('Lobby')");
  await ada.page.waitForSelector(".intro:has-text('Lobby')");
  await ada.page.click(".conversation:has-text('Bob')");
  await ada.page.waitForSelector(`[data-seq="${before.seq}"] .content`);
  await quiet(ada.page);
  assert.deepEqual(await place(ada.page), before);
});

test("few elements, whatever is scrolled through", async () => {
  for (let n = 0; n < 30; n += 1) {
    await ada.page.mouse.wheel(0, 3000);
    await ada.page.waitForTimeout(30);
  }
  await quiet(ada.page);
  const rows = await ada.page.locator(".rows > *").count();
  assert.ok(rows < 150, `${rows} rows`);
  assert.equal(await ada.page.locator(".skeleton").count(), 0);
});

test("hostile text does nothing but look odd", async () => {
  await ada.page.click(".conversation:has-text('Lobby')");
  let asked = false;
  ada.page.on("dialog", (dialog) => {
    asked = true;
    void dialog.dismiss();
  });
  const texts = [
    "<img src=x onerror=alert(1)><script>alert(2)</script>",
    "[click me](javascript:alert(3)) [also](data:text/html,<script>alert(4)</script>)",
    `\u202Egnp.exe\u202C \u2066${"\u202E".repeat(200)}`,
    `Z${"\u0301".repeat(2000)}a${"\u0489".repeat(1500)}lgo`,
    "A".repeat(4000),
    "**".repeat(2000),
    `${"[".repeat(2000)}(`,
    `${"> ".repeat(1500)}deep`,
    "![x](https://example.invalid/x.svg) https://example.org/<script>",
    "```\n</code></pre><svg onload=alert(5)>\n```",
  ];
  for (const [n, content] of texts.entries()) {
    await call(bob, "POST", "/chat/messages", {
      conversation_id: "world",
      client_msg_id: `hostile-${n}`,
      kind: "text",
      content,
    });
  }
  await call(bob, "PATCH", "/users/me", { nickname: `B\u202Eob<b>${"x".repeat(50)}` }).catch(() => undefined);
  await ada.page.waitForSelector(".row:has-text('onload')");
  await quiet(ada.page);
  assert.equal(asked, false);
  assert.equal(
    await ada.page
      .locator(".content script, .content img, .content svg, .content a[href^='javascript'], .content a[href^='data']")
      .count(),
    0,
  );
  const wide = await ada.page.evaluate(() => {
    const box = document.querySelector(".messages-scroll");
    return box.scrollWidth - box.clientWidth;
  });
  assert.ok(wide <= 0, `${wide} px wider than it may be`);
  // What is piled up stays within its own line.
  const tall = await ada.page.evaluate(() =>
    Math.max(...[...document.querySelectorAll(".row")].map((row) => row.getBoundingClientRect().height)),
  );
  assert.ok(tall < 2500, `a row of ${tall} px`);
  await look(ada, "hostile", { dark: false });
  assert.deepEqual(await axe(ada), []);
});

test("two tabs share one socket, and both hear everything", async () => {
  const second = await ada.context.newPage();
  let sockets = 0;
  second.on("websocket", () => {
    sockets += 1;
  });
  await second.goto(`${server.url}/c/${id}`);
  await second.waitForSelector(".composer textarea");
  await second.waitForSelector(`.row:has-text('see above')`);
  await second.fill(".composer textarea", "from the second tab");
  await second.press(".composer textarea", "Enter");
  await second.waitForSelector(".row:not(.is-pending):has-text('from the second tab')");
  assert.equal(sockets, 0);
  await ada.page.click(".conversation:has-text('Bob')");
  await ada.page.click(".to-end").catch(() => undefined);
  await sees(ada, "from the second tab");
  // The owner goes: the other takes over.
  await ada.page.goto("about:blank");
  await say(bob, "still there?");
  await second.waitForSelector(".row:has-text('still there?')");
  assert.equal(sockets, 1);
  await second.close();
});

test("nothing complained", () => {
  assert.deepEqual([...ada.complaints, ...bob.complaints], []);
});
