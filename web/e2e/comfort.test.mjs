// What makes it a pleasure: whom one may mean, who has read it, what is chosen often, when to ask for notifications, what is read out.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { befriend, call, look, menu, person, say, sees, signUp, singleOf } from "./people.mjs";
import { startServer } from "./server.mjs";

let server, browser, ada, bob, cy, group;
before(async () => {
  server = await startServer();
  browser = await launch();
  [ada, bob, cy] = await Promise.all([0, 1, 2].map(() => person(browser, server.url)));
  await signUp(ada, "ada", "Ada Lovelace");
  await signUp(bob, "bob", "Bob");
  await signUp(cy, "cleo", "Cy Twombly");
  await befriend(ada, bob);
  await befriend(ada, cy);
  group = (await call(ada, "POST", "/groups", { name: "Nether expedition", members: [bob.id, cy.id] })).conversation_id;
  for (const one of [ada, bob]) {
    await one.page.goto(`${server.url}/c/${group}`);
    await one.page.waitForSelector(".composer textarea");
  }
});
after(async () => {
  await browser?.close();
  await server?.stop();
  server?.remove();
});

test("people who have not said anything yet can be meant, and everybody at once", async () => {
  const field = ".composer textarea";
  await ada.page.focus(field);
  await ada.page.keyboard.type("Look, @two");
  await ada.page.waitForSelector(".mention-list li:has-text('Cy Twombly')");
  await look(ada, "mention", { dark: false });
  await ada.page.keyboard.press("Enter");
  assert.equal(await ada.page.inputValue(field), "Look, @Cy Twombly ");
  await ada.page.keyboard.press("Enter");
  await bob.page.waitForSelector(".mention:has-text('@Cy Twombly')");
  assert.equal(await bob.page.locator(".row.is-aimed").count(), 0);
  await ada.page.keyboard.type("@ev");
  await ada.page.waitForSelector(".mention-list li:has-text('@all')");
  await ada.page.keyboard.press("Enter");
  await ada.page.keyboard.type("at eight!");
  await ada.page.keyboard.press("Enter");
  await bob.page.waitForSelector(".row.is-aimed .mention-self:has-text('@all')");
});

test("who has read it, and whom it only reached", async () => {
  await cy.page.goto(`${server.url}/friends`);
  await cy.page.waitForSelector(".people");
  const row = ".row:has-text('at eight!')";
  await ada.page.waitForSelector(`${row} .state-read`);
  await ada.page.hover(row);
  await menu(ada, `${row} .actions [aria-label='Message actions']`, "Seen by");
  await ada.page.waitForSelector("dialog section:has-text('Read by 1') li:has-text('Bob')");
  await look(ada, "seen-by", { dark: false });
  await ada.page.keyboard.press("Escape");
  await ada.page.waitForSelector("dialog", { state: "detached" });
});

test("emoji that were chosen are offered first", async () => {
  const open = () => ada.page.click(".composer [aria-label='Emoji']");
  await open();
  await ada.page.waitForSelector(".emoji-grid hr");
  await ada.page.keyboard.type("pizza");
  await ada.page.keyboard.press("Enter");
  await open();
  await ada.page.waitForSelector(".emoji-grid hr");
  assert.equal((await ada.page.locator(".emoji-grid button").first().textContent()).trim(), "🍕");
  await look(ada, "emoji-recent", { dark: false });
  await ada.page.keyboard.press("Escape");
  await ada.page.fill(".composer textarea", "");
});

test("what comes in is read out", async () => {
  await say(bob, "I bring **two** beds");
  await ada.page.waitForSelector("[role=log]:has-text('Bob: I bring two beds')", { state: "attached" });
});

test("notifications are asked for when something came while nobody looked", async () => {
  const looking = (state) =>
    ada.page.evaluate((value) => {
      Object.defineProperty(document, "visibilityState", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  if ((await ada.page.evaluate(() => Notification.permission)) !== "default") {
    // A browser without a screen may refuse them from the beginning: then nobody is asked.
    await looking("hidden");
    await say(bob, "Anybody there?");
    await sees(ada, "Anybody there?");
    assert.equal(await ada.page.locator(".ask").count(), 0);
    await looking("visible");
    return;
  }
  assert.equal(await ada.page.locator(".ask").count(), 0);
  await looking("hidden");
  await say(bob, "Anybody there?");
  await ada.page.waitForSelector(".ask");
  await looking("visible");
  await look(ada, "notify-ask", { dark: false });
  await ada.page.click(".ask .button-quiet");
  await ada.page.waitForSelector(".ask", { state: "detached" });
});

test("a picture's place in the list, and unread in the title", async () => {
  const id = singleOf(ada.id, cy.id);
  await call(cy, "POST", "/chat/messages", { conversation_id: id, client_msg_id: "t", kind: "text", content: "psst" });
  await ada.page.waitForFunction(() => document.title.startsWith("(1)"));
  assert.match(await ada.page.getAttribute("link[rel=icon]", "href"), /^data:image/);
  await ada.page.keyboard.press("Alt+Shift+ArrowDown");
  await ada.page.waitForURL(`**/c/${id}`);
  await ada.page.waitForFunction(() => document.title === "NetherLink");
});

test("nothing complained", () => {
  assert.deepEqual([...ada.complaints, ...bob.complaints, ...cy.complaints], []);
});
