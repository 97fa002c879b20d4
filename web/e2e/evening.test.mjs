// A first evening: two people sign up, become friends, talk, lose the network, come back; in both languages and themes, on a
// phone; and every page is looked at by axe.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { call, look, person, say, sees, signUp, singleOf } from "./people.mjs";
import { startServer } from "./server.mjs";

let server, browser, ada, bob;
before(async () => {
  server = await startServer();
  browser = await launch();
  ada = await person(browser, server.url);
  bob = await person(browser, server.url);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  server?.remove();
});

test("signing up", async () => {
  await ada.page.goto(server.url);
  await ada.page.waitForSelector("[name=username]");
  await look(ada, "sign-in");
  await ada.page.goto(`${server.url}/sign-up`);
  await look(ada, "sign-up");
  await signUp(ada, "ada", "Ada Lovelace");
  await signUp(bob, "bob", "Bob");
  // A name that is taken is told where it was typed.
  const late = await person(browser, server.url);
  await late.page.goto(`${server.url}/sign-up`);
  await late.page.fill("[name=username]", "ada");
  await late.page.fill("[name=password]", "correct horse battery staple");
  await late.page.click("[type=submit]");
  await late.page.waitForSelector(".field-error");
  await late.context.close();
});

test("an empty home, and the lobby", async () => {
  await ada.page.goto(server.url);
  await ada.page.waitForSelector(".conversation");
  await look(ada, "home-empty");
});

test("becoming friends", async () => {
  await ada.page.goto(`${server.url}/friends`);
  await ada.page.waitForSelector(".finder input");
  await look(ada, "friends-empty", { dark: false });
  await ada.page.fill(".finder input", "bo");
  await ada.page.click(".finder .button:has-text('Add friend')");
  await bob.page.goto(`${server.url}/friends`);
  await bob.page.waitForSelector(".people .button:has-text('Accept')");
  await look(bob, "friend-request");
  await bob.page.click(".people .button:has-text('Accept')");
  await bob.page.waitForSelector("h2:has-text('Online')");
  await ada.page.waitForSelector("h2:has-text('Online')");
  await ada.page.fill(".finder input", "");
  await look(ada, "friends");
});

test("a conversation", async () => {
  const id = singleOf(ada.id, bob.id);
  await ada.page.click(".people-section .person [aria-label^='Message']");
  await ada.page.waitForURL(`**/c/${id}`);
  await bob.page.goto(`${server.url}/c/${id}`);
  await look(ada, "chat-empty", { dark: false });
  await say(ada, "Hi Bob! LAN tonight? **20:00**, bring `ping` and snacks 🍕");
  await sees(bob, "LAN tonight");
  await say(bob, "Sure. Which map?");
  await sees(ada, "Which map");
  await say(ada, "> Which map?\nThe one at https://example.org/maps/nether, with:\n- two bridges\n- no _lava_");
  await say(ada, "🎉🎉");
  await sees(bob, "🎉🎉");
  // An answer to the first message, and a reaction.
  await bob.page.hover(".row:has-text('LAN tonight')");
  await bob.page.click(".row:has-text('LAN tonight') [aria-label='Reply']");
  await say(bob, "I bring the pizza.");
  await ada.page.waitForSelector(".quote:has-text('LAN tonight')");
  await ada.page.hover(".row:has-text('bring the pizza')");
  await ada.page.click(".row:has-text('bring the pizza') .actions [aria-label='❤️']");
  await bob.page.waitForSelector(".reaction:has-text('❤️')");
  // An edit, by the keyboard alone.
  await ada.page.focus(".composer textarea");
  await say(ada, "See yuo then");
  await sees(bob, "See yuo then");
  await ada.page.press(".composer textarea", "ArrowUp");
  await ada.page.waitForSelector(".composer-mode");
  await say(ada, "See you then");
  await sees(bob, "See you then");
  await bob.page.waitForSelector(".edited");
  // A recall.
  await say(ada, "Wrong window");
  await sees(bob, "Wrong window");
  await ada.page.click(".row:has-text('Wrong window')", { button: "right" });
  await ada.page.click("[role=menuitem]:has-text('Unsend')");
  await ada.page.click("dialog .button-danger");
  await bob.page.waitForSelector(".gone");
  // Read marks.
  await ada.page.waitForSelector(".state-read");
  await bob.page.focus(".composer textarea");
  for (let n = 0; n < 12 && (await ada.page.locator(".typing").count()) === 0; n += 1) {
    await bob.page.keyboard.type("w");
    await ada.page.waitForTimeout(1000);
  }
  await ada.page.waitForSelector(".typing");
  await look(ada, "chat");
  await ada.page.hover(".row:has-text('bring the pizza')");
  await look(ada, "chat-hover", { dark: false });
});

test("messages survive a lost network, a reload, and a server that is gone", async () => {
  await ada.context.setOffline(true);
  await ada.page.evaluate(() => window.dispatchEvent(new Event("offline")));
  await ada.page.waitForTimeout(300);
  await server.stop("SIGKILL");
  await ada.page.waitForSelector(".connection-bar");
  await say(ada, "Written without a network");
  await ada.page.waitForSelector(".is-pending:has-text('without a network')");
  await look(ada, "chat-offline");
  server = await startServer({ port: server.port, folder: server.folder });
  await ada.context.setOffline(false);
  await ada.page.reload();
  await sees(ada, "Written without a network");
  await sees(bob, "Written without a network");
  assert.equal(await ada.page.locator(".row:has-text('Written without a network')").count(), 1);
  await ada.page.waitForSelector(".connection-bar", { state: "detached" });
});

test("profile, switcher, emoji, menus", async () => {
  await ada.page.click(".chat-who");
  await ada.page.waitForSelector("dialog .profile");
  await look(ada, "profile");
  await ada.page.keyboard.press("Escape");
  await ada.page.waitForSelector("dialog", { state: "detached" });
  await ada.page.keyboard.press("Control+k");
  await ada.page.waitForSelector(".switcher li");
  await look(ada, "switcher");
  await ada.page.keyboard.type("lob");
  await ada.page.keyboard.press("Enter");
  await ada.page.waitForURL("**/c/world");
  await say(ada, "Hello, everyone!");
  await sees(ada, "Hello, everyone!");
  await ada.page.click(".composer [aria-label='Emoji']");
  await ada.page.waitForSelector(".emoji-grid button");
  await look(ada, "emoji");
  await ada.page.keyboard.type("pizza");
  await ada.page.keyboard.press("Enter");
  assert.equal(await ada.page.inputValue(".composer textarea"), "🍕");
  await ada.page.fill(".composer textarea", "");
  await ada.page.click(".chat-head [aria-label='More']");
  await look(ada, "menu", { dark: false });
  await ada.page.keyboard.press("Escape");
  await ada.page.keyboard.press("Control+/");
  await ada.page.waitForSelector(".shortcuts");
  await look(ada, "shortcuts", { dark: false });
  await ada.page.keyboard.press("Escape");
});

test("settings", async () => {
  for (const section of ["profile", "account", "appearance", "notifications", "privacy", "sessions", "about"]) {
    await ada.page.goto(`${server.url}/settings/${section}`);
    await ada.page.waitForSelector(".settings-form > *:not(.quiet)");
    await look(ada, `settings-${section}`, { dark: section === "profile" || section === "privacy" });
  }
  await ada.page.goto(`${server.url}/settings/profile`);
  await ada.page.fill("textarea", "Builds bridges, mostly out of cobblestone.");
  await ada.page.click("button:has-text('Save changes')");
  await ada.page.waitForSelector(".toast");
  assert.equal((await call(ada, "GET", "/users/me")).bio, "Builds bridges, mostly out of cobblestone.");
  await ada.page.goto(`${server.url}/nothing/here/at-all`).catch(() => undefined);
});

test("in Chinese, and on a phone", async () => {
  await ada.page.goto(`${server.url}/settings/appearance`);
  await ada.page.click("label:has-text('简体中文')");
  await ada.page.waitForSelector("h1:has-text('设置')");
  assert.equal(await ada.page.getAttribute("html", "lang"), "zh-CN");
  await ada.page.goto(`${server.url}/c/${singleOf(ada.id, bob.id)}`);
  await sees(ada, "LAN tonight");
  await look(ada, "chat-chinese", { dark: false });
  await ada.page.setViewportSize({ width: 390, height: 844 });
  await look(ada, "phone-chat");
  await ada.page.goto(server.url);
  await ada.page.waitForSelector(".conversation");
  await look(ada, "phone-list");
  await ada.page.goto(`${server.url}/settings`);
  await look(ada, "phone-settings", { dark: false });
  await ada.page.goto(`${server.url}/friends`);
  await ada.page.waitForSelector(".people");
  await look(ada, "phone-friends", { dark: false });
});

test("an invitation without an account", async () => {
  const guest = await person(browser, server.url);
  await guest.page.goto(`${server.url}/invite/NOPE`);
  await guest.page.waitForSelector(".invite");
  await look(guest, "invite");
  await guest.context.close();
});

test("nothing complained", () => {
  assert.deepEqual([...ada.complaints, ...bob.complaints], []);
});
