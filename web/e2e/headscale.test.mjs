// The virtual LAN of a room with a real Headscale and real devices: the page shows the addresses that the devices have.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { headscaleMissing, startCompanion, startDevice, startHeadscale } from "./headscale.mjs";
import { befriend, call, look, password, person, signUp, sure } from "./people.mjs";
import { startServer } from "./server.mjs";

const skip = headscaleMissing();
const devices = [];
let headscale, server, browser, ada, bob, room;
before(async () => {
  if (skip) return;
  headscale = await startHeadscale();
  server = await startServer({ settings: headscale.settings });
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
  await Promise.all(devices.map((one) => one.stop()));
  await server?.stop();
  server?.remove();
  await headscale?.stop();
});

/** What the companion does: a key for this room, and in. */
async function comesIn(who, name) {
  const device = startDevice(headscale.url, name);
  devices.push(device);
  for (let tries = 0; ; tries += 1) {
    const vpn = await call(who, "POST", "/vpn/pre-auth-key", { room_id: room, device: name }).catch((error) => {
      if (tries > 60) throw error;
    });
    if (vpn?.status === "ready") {
      assert.equal(vpn.control_url, headscale.url);
      return [device, await device.up(vpn.pre_auth_key)];
    }
    await who.page.waitForTimeout(500);
  }
}

test("one's own address, as the device has it", { skip }, async () => {
  await ada.page.goto(`${server.url}/room/${room}`);
  await ada.page.waitForSelector(".lan .pill:text-is('Not connected')");
  const [, address] = await comesIn(ada, "desk");
  assert.match(address, /^100\.64\./);
  await ada.page.waitForSelector(`.lan-own code:text-is("${address}")`);
  await ada.page.waitForSelector(".lan .pill:text-is('Connected')");
  await ada.page.waitForSelector(".peers li:has-text('Bob'):has-text('Not connected')");
});

test("the other's, and what the page shows is reached", { skip }, async () => {
  const [, address] = await comesIn(bob, "laptop");
  await ada.page.waitForSelector(`.peers li:has-text('Bob') code:text-is("${address}")`);
  await ada.page.waitForSelector(".peers .dot-online");
  await look(ada, "lan-real");
  let reached = false;
  for (let tries = 0; tries < 20 && !reached; tries += 1) reached = await devices[0].reaches(address);
  assert.ok(reached);
});

test("a device that is switched off is shown so, and who is put out is gone", { skip }, async () => {
  await devices[1].stop();
  await ada.page.waitForSelector(".peers .dot-online", { state: "detached" });
  await ada.page.click(".seat:has-text('Bob') .icon-button");
  await ada.page.click("[role=menuitem]:has-text('Remove')");
  await sure(ada);
  await ada.page.waitForSelector(".seat:has-text('Bob')", { state: "detached" });
  await ada.page.waitForSelector(".peers", { state: "detached" });
  await ada.page.waitForSelector(".lan .pill:text-is('Connected')");
});

test("the companion is opened by a click, and tells this page how the others are reached", { skip }, async () => {
  const cleo = await person(browser, server.url);
  await signUp(cleo, "cleo", "Cleo");
  await call(cleo, "POST", `/rooms/${room}/join`, {});
  const { host } = new URL(server.url);
  const [hers, other] = [
    await startCompanion(server.url, "ada", password),
    await startCompanion(server.url, "cleo", password),
  ];
  devices.push(hers, other);
  other.open(`netherlink://${host}/room/${room}?insecure=1`);
  const session = await ada.context.newCDPSession(ada.page);
  await session.send("Page.enable");
  const asked = new Promise((resolve) => session.on("Page.frameRequestedNavigation", resolve));
  await ada.page.click(".lan-go .button");
  const { url } = await asked;
  assert.ok(url.startsWith(`netherlink://${host}/room/${room}?`), url);
  hers.open(url);
  await ada.page.waitForSelector(".peers li:has-text('Cleo') small:has-text(' ms')");
  await look(ada, "lan-latency");
  // It is known to this tab alone, and outlives that the page is loaded again.
  await ada.page.reload();
  await ada.page.waitForSelector(".peers li:has-text('Cleo') small:has-text(' ms')");
  await other.stop();
  await ada.page.waitForSelector(".peers li:has-text('Cleo') small:has-text(' ms')", { state: "detached" });
  assert.deepEqual(cleo.complaints, []);
});

test("nothing complained", { skip }, () => {
  assert.deepEqual(
    [...ada.complaints, ...bob.complaints].filter((one) => !one.includes("netherlink://")),
    [],
  );
});
