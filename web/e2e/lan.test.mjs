// The virtual LAN of a room: hidden where there is none; else one's own address, the others', and the way to the companion. What the
// server would say of it is put into its answers here, so that no Headscale is needed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { befriend, call, look, person, signUp } from "./people.mjs";
import { startServer } from "./server.mjs";

let server, browser, ada, bob, room, peers, tell;
const status = { status: "pending" };
before(async () => {
  server = await startServer();
  browser = await launch();
  [ada, bob] = await Promise.all([0, 1].map(() => person(browser, server.url)));
  await signUp(ada, "ada", "Ada Lovelace");
  await signUp(bob, "bob", "Bob");
  await befriend(ada, bob);
  room = (await call(ada, "POST", "/rooms", { name: "LAN party", game: "Teeworlds" })).id;
  await call(bob, "POST", `/rooms/${room}/join`, {});
});
after(async () => {
  await browser?.close();
  await server?.stop();
  server?.remove();
});

/** The page of somebody whose server has a virtual LAN. */
async function offered(who) {
  const { context } = who;
  await context.addInitScript(() => localStorage.removeItem("netherlink.config"));
  await context.route("**/api/v1/client-config", async (route) => {
    const answer = await route.fetch();
    const config = await answer.json();
    config.features.vpn = true;
    await route.fulfill({ response: answer, json: config });
  });
  await context.route("**/api/v1/vpn/status", (route) => route.fulfill({ json: status }));
  await context.route("**/api/v1/rooms/*/peers", (route) => route.fulfill({ json: { items: peers } }));
  await who.page.routeWebSocket(/\/ws$/, (socket) => {
    const behind = socket.connectToServer();
    socket.onMessage((text) => behind.send(text));
    behind.onMessage((text) => socket.send(text));
    tell = (frame) => socket.send(JSON.stringify(frame));
  });
}

test("hidden where there is none", async () => {
  await bob.page.goto(`${server.url}/room/${room}`);
  await bob.page.waitForSelector(".seat-me");
  const { features } = await call(bob, "GET", "/client-config");
  assert.equal(await bob.page.locator(".lan").count(), features.vpn ? 1 : 0);
});

test("being prepared, then connected", async () => {
  peers = [];
  await offered(ada);
  await ada.page.goto(`${server.url}/room/${room}`);
  await ada.page.waitForSelector(".lan .pill:has-text('Preparing')");
  await look(ada, "lan-pending");
  status.status = "ready";
  peers = [
    { user_id: ada.id, device: "1", address: "100.64.0.7", online: true },
    { user_id: bob.id, device: "2", address: "100.64.0.9", online: false },
  ];
  tell({ type: "vpn.updated", data: { status: "ready", room_id: room } });
  await ada.page.waitForSelector(".lan-own code:has-text('100.64.0.7')");
  await ada.page.waitForSelector(".lan .pill:text-is('Connected')");
  await ada.page.waitForSelector(".peers li:has-text('Bob'):has-text('100.64.0.9')");
  peers[1].online = true;
  tell({ type: "vpn.updated", data: { status: "ready", room_id: room } });
  await ada.page.waitForSelector(".peers .dot-online");
  await look(ada, "lan");
});

test("addresses are copied, the companion is explained and opened", async () => {
  await ada.context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
  await ada.page.click(".peers li:has-text('Bob') .icon-button");
  assert.equal(await ada.page.evaluate(() => navigator.clipboard.readText()), "100.64.0.9");
  await ada.page.click(".lan .link");
  await ada.page.waitForSelector("dialog .steps");
  await look(ada, "lan-companion");
  await ada.page.keyboard.press("Escape");
  peers[0].online = false;
  tell({ type: "vpn.updated", data: { status: "ready", room_id: room } });
  await ada.page.waitForSelector(".lan .pill:has-text('Not connected')");
  const session = await ada.context.newCDPSession(ada.page);
  await session.send("Page.enable");
  const asked = new Promise((resolve) => session.on("Page.frameRequestedNavigation", resolve));
  await ada.page.click(".lan .button");
  const { host } = new URL(server.url);
  const { url } = await asked;
  assert.match(url, new RegExp(`^netherlink://${host}/room/${room}\\?insecure=1&page=\\d{5}\\.[0-9a-f]{64}$`));
  await ada.page.waitForSelector(".lan [role=status]");
});

test("nothing complained", () => {
  assert.deepEqual(
    [...ada.complaints, ...bob.complaints].filter((one) => !one.includes("netherlink://")),
    [],
  );
});
