// Messages are found by what they say, and shown where they stand.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { befriend, call, fill, look, person, say, sees, signUp, singleOf } from "./people.mjs";
import { startServer } from "./server.mjs";

let server, browser, ada, bob, offered;
before(async () => {
  server = await startServer();
  browser = await launch();
  [ada, bob] = await Promise.all([0, 1].map(() => person(browser, server.url)));
  await signUp(ada, "ada", "Ada Lovelace");
  await signUp(bob, "bob", "Bob");
  await befriend(ada, bob);
  offered = (await call(ada, "GET", "/client-config")).features.search;
});
after(async () => {
  await browser?.close();
  await server?.stop();
  server?.remove();
});

test("it is hidden where the server has none", async (context) => {
  if (offered) return context.skip("this server searches");
  await ada.page.goto(`${server.url}/c/world`);
  await ada.page.waitForSelector(".composer textarea");
  await ada.page.keyboard.press("Control+Shift+F");
  assert.equal(await ada.page.locator("[aria-label='Search messages']").count(), 0);
});

test("in one conversation, and in all", async (context) => {
  if (!offered) return context.skip("this server does not search");
  const id = singleOf(ada.id, bob.id);
  await ada.page.goto(`${server.url}/c/${id}`);
  await say(ada, "The **portal** is behind the old mill, at 120 64 -300");
  await sees(ada, "behind the old mill");
  await fill(bob, { to_user_id: ada.id }, 300);
  await call(bob, "POST", "/chat/messages", {
    conversation_id: "world",
    client_msg_id: "lobby",
    kind: "text",
    content: "Who has seen my Portal gun? 传送门",
  });
  await ada.page.click(".chat-head [aria-label='Search messages']");
  await look(ada, "search-empty", { dark: false });
  // The index follows a moment later.
  const field = "dialog [type=search]";
  for (let tries = 0; tries < 60 && (await ada.page.locator(".hit").count()) === 0; tries += 1) {
    await ada.page.fill(field, "");
    await ada.page.fill(field, "mill porta");
    await ada.page.waitForTimeout(1000);
  }
  await ada.page.waitForSelector(".hit mark:has-text('porta')");
  assert.equal(await ada.page.locator(".hit").count(), 1);
  await ada.page.fill(field, "portal");
  await ada.page.click(".chip:has-text('All chats')");
  await ada.page.waitForFunction(() => document.querySelectorAll(".hit").length === 2);
  await look(ada, "search");
  await ada.page.fill(field, "传送");
  await ada.page.waitForSelector(".hit:has-text('Lobby')");
  await ada.page.fill(field, "nobody says this");
  await ada.page.waitForSelector("dialog .empty");
  await look(ada, "search-none", { dark: false });
  await ada.page.fill(field, "...");
  await ada.page.waitForSelector("dialog .field-error");
});

test("what was found is shown where it stands, by the keyboard alone", async (context) => {
  if (!offered) return context.skip("this server does not search");
  await ada.page.keyboard.press("Escape");
  await ada.page.goto(`${server.url}/c/world`);
  await ada.page.waitForSelector(".composer textarea");
  await ada.page.keyboard.press("Control+Shift+F");
  await ada.page.click(".chip:has-text('All chats')");
  await ada.page.focus("dialog [type=search]");
  await ada.page.keyboard.type("mill");
  await ada.page.waitForSelector(".hit");
  await ada.page.keyboard.press("ArrowDown");
  await ada.page.keyboard.press("Enter");
  await ada.page.waitForURL(`**/c/${singleOf(ada.id, bob.id)}`);
  await ada.page.waitForSelector('[data-seq="1"].is-found');
  await ada.page.setViewportSize({ width: 390, height: 844 });
  await ada.page.keyboard.press("Control+Shift+F");
  await ada.page.fill("dialog [type=search]", "message");
  await ada.page.waitForSelector(".hit");
  await look(ada, "phone-search");
  assert.ok((await ada.page.locator(".hit").count()) >= 30);
  await ada.page.click("dialog .button:has-text('Show more')");
  await ada.page.waitForFunction(() => document.querySelectorAll(".hit").length >= 60);
});

test("nothing complained", () => {
  assert.deepEqual([...ada.complaints, ...bob.complaints], []);
});
