// A group: made with a friend, joined by link and on request, its announcement, roles, muting, bans, handing over, and its end.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { befriend, call, enterAsGuest, look, menu, person, say, sees, signUp, sure } from "./people.mjs";
import { startServer } from "./server.mjs";

let server, browser, ada, bob, cy, dan, id;
before(async () => {
  server = await startServer();
  browser = await launch();
  [ada, bob, cy, dan] = await Promise.all([0, 1, 2, 3].map(() => person(browser, server.url)));
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

const members = (who, n) =>
  who.page.waitForFunction((count) => document.querySelectorAll(".member").length === count, n);
const toGroup = async (who) => {
  await who.page.goto(`${server.url}/group/${id}`);
  await who.page.waitForSelector(".member");
};
async function newLink(who) {
  await toGroup(who);
  await who.page.click(".button:has-text('Invite link')");
  await who.page.click("dialog .button:has-text('Create link')");
  const link = await who.page.textContent("dialog .copy code");
  await look(who, "group-link", { dark: false });
  await who.page.keyboard.press("Escape");
  return new URL(link).pathname;
}

test("a group is made with a friend in it", async () => {
  await ada.page.goto(server.url);
  await ada.page.click(".pane-head [aria-label='New group']");
  await ada.page.fill("[name=group-name]", "Nether expedition");
  await ada.page.check("dialog .pick:has-text('Bob') input");
  await look(ada, "group-new");
  await ada.page.click("dialog [type=submit]");
  await ada.page.waitForURL("**/c/group_*");
  id = ada.page.url().split("group_").at(-1);
  await bob.page.goto(server.url);
  await bob.page.click(".conversation:has-text('Nether expedition')");
  await say(bob, "I bring *obsidian*.");
  await sees(ada, "I bring obsidian.");
  await ada.page.waitForSelector(".system-line:has-text('Ada Lovelace created the group')");
});

test("its settings and announcement", async () => {
  await ada.page.click(".chat-who");
  await ada.page.waitForSelector(".member");
  await ada.page.click(".button:has-text('Edit')");
  await ada.page.fill("[name=announcement]", "Meet at the portal, 20:00.\nBring beds.");
  await ada.page.selectOption("[name=history]", "all");
  await look(ada, "group-edit");
  await ada.page.click("dialog [type=submit]");
  await bob.page.waitForSelector(".pinned-note:has-text('Meet at the portal')");
  await look(bob, "group-chat");
  await bob.page.click(".pinned-note .icon-button");
  await bob.page.waitForSelector(".pinned-note", { state: "detached" });
  await look(ada, "group");
});

test("joined by a link", async () => {
  const path = await newLink(ada);
  await cy.page.goto(`${server.url}${path}`);
  await cy.page.click(".button:has-text('Join now')");
  await cy.page.waitForURL(`**/c/group_${id}`);
  await sees(cy, "I bring obsidian.");
  await ada.page.waitForSelector(".member:has-text('Cy')");
  // A guest may come in, too.
  await dan.page.goto(`${server.url}${path}`);
  await enterAsGuest(dan, "Dan");
  await dan.page.waitForURL(`**/c/group_${id}`);
  await members(ada, 4);
});

test("roles, muting, a message that an admin takes back", async () => {
  await menu(ada, ".member:has-text('Bob') [aria-label^='More']", "Make admin");
  await ada.page.waitForSelector(".member:has-text('Bob'):has-text('Admin')");
  await say(cy, "Buy cheap diamonds!!");
  await sees(bob, "Buy cheap diamonds!!");
  await bob.page.click(".row:has-text('cheap diamonds')", { button: "right" });
  await bob.page.click("[role=menuitem]:has-text('Unsend')");
  await sure(bob);
  await cy.page.waitForSelector(".gone");
  await toGroup(bob);
  await menu(bob, ".member:has-text('Cy') [aria-label^='More']", "Mute for 1 hour");
  await bob.page.waitForSelector(".member:has-text('muted until')");
  await say(cy, "But they are real");
  await cy.page.waitForSelector(".failure:has-text('cannot write here')");
  await look(cy, "group-muted", { dark: false });
  await cy.page.click(".failure .link:has-text('Discard')");
  await menu(bob, ".member:has-text('Cy') [aria-label^='More']", "Unmute");
  await bob.page.waitForSelector(".member:has-text('muted until')", { state: "detached" });
  await say(cy, "Sorry.");
  await sees(ada, "Sorry.").catch(async () => {
    await ada.page.goto(`${server.url}/c/group_${id}`);
    await sees(ada, "Sorry.");
  });
});

test("banned, refused by the link, and let in again", async () => {
  await menu(bob, ".member:has-text('Cy') [aria-label^='More']", "Ban");
  await sure(bob);
  await cy.page.waitForSelector(".toast:has-text('no longer in this group')");
  await bob.page.waitForSelector("h2:has-text('Banned')");
  await look(bob, "group-bans");
  const path = await newLink(bob);
  await cy.page.goto(`${server.url}${path}`);
  await cy.page.click(".button:has-text('Join now')");
  await cy.page.waitForSelector(".notice-error");
  await bob.page.click(".person:has-text('Banned by') .button");
  await bob.page.waitForSelector("h2:has-text('Banned')", { state: "detached" });
});

test("on request", async () => {
  await toGroup(ada);
  await ada.page.click(".button:has-text('Edit')");
  await ada.page.selectOption("[name=join]", "request");
  await ada.page.click("dialog [type=submit]");
  await ada.page.waitForSelector("dialog", { state: "detached" });
  const path = await newLink(ada);
  await cy.page.goto(`${server.url}${path}`);
  await cy.page.click(".button:has-text('Join now')");
  await cy.page.waitForSelector(".empty:has-text('You asked to join')");
  await look(cy, "invite-asked", { dark: false });
  await ada.page.waitForSelector("h2:has-text('Want to join')");
  await look(ada, "group-requests");
  await ada.page.click(".person:has-text('Cy') .button:has-text('Accept')");
  await cy.page.goto(server.url);
  await cy.page.waitForSelector(".conversation:has-text('Nether expedition')");
});

test("a link is ended", async () => {
  const path = await newLink(ada);
  await ada.page.click(".button:has-text('Invite link')");
  await ada.page.click("dialog .button:has-text('Create link')");
  await ada.page.click("dialog .link:has-text('End link')");
  await ada.page.waitForSelector(".toast:has-text('does not work any more')");
  await ada.page.keyboard.press("Escape");
  await call(ada, "DELETE", `/groups/${id}/link`);
  await bob.page.goto(`${server.url}${path}`);
  await bob.page.click(".button:has-text('Join now')");
  await bob.page.waitForSelector(".empty:has-text('no longer valid')");
  await look(bob, "invite-bad", { dark: false });
});

test("handed over, left, dissolved", async () => {
  await toGroup(ada);
  await menu(ada, ".member:has-text('Bob') [aria-label^='More']", "Make owner");
  await sure(ada);
  await ada.page.waitForSelector(".member:has-text('Bob'):has-text('Owner')");
  await ada.page.click(".button:has-text('Leave group')");
  await sure(ada);
  await ada.page.waitForURL(`${server.url}/`);
  await ada.page.waitForSelector(".conversation:has-text('Nether expedition')", { state: "detached" });
  await toGroup(bob);
  await cy.page.click(".conversation:has-text('Nether expedition')");
  await bob.page.click(".button:has-text('Dissolve group')");
  await sure(bob);
  await bob.page.waitForURL(`${server.url}/`);
  await cy.page.waitForURL(`${server.url}/`);
});

test("nothing complained", () => {
  assert.deepEqual([...ada.complaints, ...bob.complaints, ...cy.complaints, ...dan.complaints], []);
});
