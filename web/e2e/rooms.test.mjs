// The evening goes on: a room is made, filled by invitation, link and quick join, played in, and what a host may do is done.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { befriend, call, enterAsGuest, look, menu, person, say, sees, signUp, sure } from "./people.mjs";
import { startServer } from "./server.mjs";

let server, browser, ada, bob, cy, guest, room;
before(async () => {
  server = await startServer();
  browser = await launch();
  [ada, bob, cy] = await Promise.all([0, 1, 2].map(() => person(browser, server.url)));
  await signUp(ada, "ada", "Ada Lovelace");
  await signUp(bob, "bob", "Bob");
  await signUp(cy, "cyd", "Cy");
  await befriend(ada, bob);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  server?.remove();
});

const go = (who, text) => who.page.click(`.room-go .button:has-text("${text}")`);
const seats = (who, n) =>
  who.page.waitForFunction((count) => document.querySelectorAll(".seat:not(.is-free)").length === count, n);

test("no rooms yet, then one", async () => {
  await ada.page.goto(`${server.url}/rooms`);
  await ada.page.waitForSelector(".empty");
  await look(ada, "rooms-empty");
  await bob.page.goto(`${server.url}/rooms`);
  await bob.page.waitForSelector(".empty");
  await ada.page.click(".button:has-text('New room')");
  await ada.page.fill("[name=room-name]", "Friday in the Nether");
  await ada.page.fill("[name=game]", "Minecraft");
  await ada.page.fill("[name=seats]", "99");
  await ada.page.waitForSelector(".field-error");
  await ada.page.fill("[name=seats]", "3");
  await look(ada, "room-new");
  await ada.page.click("dialog [type=submit]");
  await ada.page.waitForURL("**/room/*");
  room = ada.page.url().split("/").at(-1);
  await ada.page.waitForSelector(".seat");
  await look(ada, "room-alone");
  // It appears where somebody looks at the list, without a reload.
  await bob.page.waitForSelector(".room-card:has-text('Friday in the Nether')");
});

test("a friend is invited and comes in", async () => {
  await bob.page.goto(`${server.url}/friends`);
  await bob.page.waitForSelector(".person-about:has-text('In a room')");
  await look(bob, "friends-in-a-room", { dark: false });
  await ada.page.click(".chat-head .button:has-text('Invite')");
  await ada.page.click("dialog .person .button:has-text('Invite')");
  await bob.page.click(".toast-action:has-text('Show')");
  await bob.page.waitForURL(`**/room/${room}`);
  await bob.page.waitForSelector(".room-split.is-outside");
  await look(bob, "room-outside");
  await go(bob, "Join");
  await bob.page.waitForSelector(".composer textarea");
  await seats(ada, 2);
});

test("a guest comes by the link", async () => {
  await ada.page.waitForSelector("dialog .button:has-text('Create link')");
  await ada.page.click("dialog .button:has-text('Create link')");
  await ada.page.waitForSelector("dialog .copy code");
  await look(ada, "room-invite");
  const link = await ada.page.textContent("dialog .copy code");
  await ada.page.keyboard.press("Escape");
  guest = await person(browser, server.url);
  await guest.page.goto(`${server.url}${new URL(link).pathname}`);
  await guest.page.waitForSelector("[name=nickname]");
  await look(guest, "invite-guest");
  await enterAsGuest(guest, "Wanderer");
  await guest.page.waitForURL(`**/room/${room}`);
  await seats(ada, 3);
  await seats(bob, 3);
  assert.equal(await guest.page.locator(".chat-head .button:has-text('Invite')").count(), 0);
});

test("who comes too late finds it full", async () => {
  await cy.page.goto(`${server.url}/room/${room}`);
  await cy.page.waitForSelector(".room-go .button:disabled");
  await cy.page.goto(`${server.url}/rooms`);
  await cy.page.waitForSelector(".room-card .is-full");
});

test("everybody is ready, and the game starts", async () => {
  await ada.page.waitForSelector(".room-go .button:disabled:has-text('Start')");
  await go(bob, "I'm ready");
  await go(guest, "I'm ready");
  await ada.page.waitForSelector(".room-go .button:not(:disabled):has-text('Start')");
  await say(guest, "Hi from nowhere");
  await sees(ada, "Hi from nowhere");
  await say(ada, "Welcome! Start in **one** minute");
  await sees(bob, "Start in one minute");
  await look(ada, "room-ready");
  await go(ada, "Start game");
  await bob.page.waitForSelector(".chat-about:has-text('Playing')");
  await look(bob, "room-playing", { dark: false });
  await cy.page.waitForSelector(".pill-playing");
});

test("a player whose network is gone keeps the seat", async () => {
  await bob.context.setOffline(true);
  await bob.page.reload().catch(() => undefined);
  await ada.page.waitForSelector(".seat.is-away:has-text('Bob')");
  await bob.context.setOffline(false);
  await bob.page.goto(`${server.url}/room/${room}`);
  await ada.page.waitForSelector(".seat.is-away", { state: "detached" });
});

test("it ends, and goes on", async () => {
  await go(ada, "Finish game");
  await guest.page.waitForSelector(".chat-about:has-text('Finished')");
  await go(ada, "Play again");
  await bob.page.waitForSelector(".room-go .button:has-text('ready')");
  await ada.page.waitForSelector(".system-line:has-text('opened the room for another game')");
});

test("a guest becomes an account, and keeps the seat", async () => {
  await guest.page.click(".rail [href='/friends']");
  await look(guest, "guest-friends", { dark: false });
  await guest.page.click(".empty .button");
  await guest.page.waitForURL("**/settings/account");
  await guest.page.fill("[name=username]", "wanda");
  await guest.page.fill("[name=password]", "correct horse battery staple");
  await look(guest, "guest-upgrade", { dark: false });
  await guest.page.click(".settings-form [type=submit]");
  await guest.page.waitForSelector(".settings-form h3:has-text('Change password')");
  assert.equal((await call(guest, "GET", "/users/me")).username, "wanda");
  await guest.page.goto(`${server.url}/room/${room}`);
  await guest.page.waitForSelector(".seat-me");
  await sees(guest, "Hi from nowhere");
});

test("settings, another host, and out", async () => {
  await menu(ada, ".chat-head [aria-label='More']", "Room settings");
  await ada.page.fill("[name=room-name]", "Saturday in the End");
  await ada.page.click("dialog [type=submit]");
  await bob.page.waitForSelector("h1:has-text('Saturday in the End')");
  await menu(ada, ".seat:has-text('Bob') [aria-label^='More']", "Make host");
  await bob.page.waitForSelector(".room-go .button:has-text('Start game')");
  await menu(bob, ".seat:has-text('Wanderer') [aria-label^='More']", "Remove");
  await look(bob, "room-kick", { dark: false });
  await sure(bob);
  await guest.page.waitForURL("**/rooms");
  await guest.page.waitForSelector(".toast:has-text('removed you')");
  await guest.page.goto(`${server.url}/room/${room}`);
  await go(guest, "Join");
  await guest.page.waitForSelector(".toast-error");
});

test("a password is asked for where the list says so", async () => {
  await menu(bob, ".chat-head [aria-label='More']", "Room settings");
  await bob.page.fill("[name=room-password]", "lava");
  await bob.page.click("dialog [type=submit]");
  await cy.page.waitForSelector(".room-card .room-lock");
  await cy.page.click(".room-card:has-text('Saturday')");
  await go(cy, "Join");
  await cy.page.fill("dialog [name=room-password]", "water");
  await cy.page.click("dialog [type=submit]");
  await cy.page.waitForSelector("dialog .field-error");
  await look(cy, "room-password");
  await cy.page.fill("dialog [name=room-password]", "lava");
  await cy.page.click("dialog [type=submit]");
  await cy.page.waitForSelector(".composer textarea");
  await seats(bob, 3);
});

test("one room at a time; quick join; the list follows its filters", async () => {
  await cy.page.click(".chat-head [href='/rooms']");
  await cy.page.click(".page-head .button:has-text('Quick join')");
  await cy.page.fill("dialog [name=game]", "Factorio");
  await cy.page.click("dialog [type=submit]");
  await cy.page.waitForSelector("dialog h2:has-text('You sit in another room')");
  await look(cy, "room-another", { dark: false });
  await sure(cy);
  await cy.page.waitForURL((url) => url.pathname.startsWith("/room/") && !url.pathname.endsWith(room));
  await seats(bob, 2);
  // A second one meets the first in the same room.
  await guest.page.goto(`${server.url}/rooms`);
  await guest.page.waitForSelector(".room-card:has-text('Factorio')");
  await guest.page.selectOption(".filters [aria-label='Game']", "Factorio");
  await guest.page.waitForSelector(".room-card:has-text('Saturday')", { state: "detached" });
  await guest.page.click(".page-head .button:has-text('Quick join')");
  await guest.page.waitForURL((url) => url.pathname.startsWith("/room/") && !url.pathname.endsWith(room));
  await seats(cy, 2);
  await guest.page.goto(`${server.url}/rooms`);
  await guest.page.waitForSelector(".room-card.is-mine");
  await look(guest, "rooms");
  await guest.page.check("text=Without a password");
  await guest.page.waitForSelector(".room-card:has-text('Saturday')", { state: "detached" });
  await guest.page.fill(".filters [type=search]", "nothing like this");
  await guest.page.waitForSelector(".empty:has-text('No room matches')");
});

test("a room is closed, and everybody is told", async () => {
  await menu(bob, ".chat-head [aria-label='More']", "Close room");
  await sure(bob);
  await ada.page.waitForURL("**/rooms");
  await ada.page.waitForSelector(".toast:has-text('closed')");
  await ada.page.waitForSelector(".room-card:has-text('Saturday')", { state: "detached" });
});

test("in Chinese, and on a phone", async () => {
  await cy.page.evaluate(() => localStorage.setItem("netherlink.locale", "zh-CN"));
  await cy.page.setViewportSize({ width: 390, height: 844 });
  await cy.page.reload();
  await cy.page.waitForSelector(".seat-me");
  await cy.page.waitForSelector(".system-line");
  await look(cy, "phone-room");
  await cy.page.goto(`${server.url}/rooms`);
  await cy.page.waitForSelector(".room-card");
  await look(cy, "phone-rooms");
});

test("nothing complained", () => {
  assert.deepEqual([...ada.complaints, ...bob.complaints, ...cy.complaints, ...guest.complaints], []);
});
