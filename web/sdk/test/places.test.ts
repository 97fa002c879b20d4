import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, type ClientEvents, NetherLinkError } from "@netherlink/client";
import { nodeEnvironment } from "@netherlink/client/node";

interface Server {
  port: number;
  folder: string;
  url: string;
  stop(signal?: string): Promise<void>;
  remove(): void;
}
const root = process.env.NETHERLINK_WEB_ROOT ?? "";
const { startServer } = (await import(`${root}/e2e/server.mjs`)) as {
  startServer(options?: { port: number; folder: string }): Promise<Server>;
};

const password = "correct horse battery";
const refused = (code: string) => (error: unknown) => error instanceof NetherLinkError && error.code === code;

/** The next event of that name that fits. */
function next<Name extends keyof ClientEvents>(
  client: Client,
  name: Name,
  fits: (event: ClientEvents[Name]) => boolean = () => true,
): Promise<ClientEvents[Name]> {
  return new Promise((resolve) => {
    const stop = client.on(name, (event) => {
      if (!fits(event)) return;
      stop();
      resolve(event);
    });
  });
}

async function online(client: Client): Promise<void> {
  const there = next(client, "welcome");
  await client.start();
  await there;
}

test("rooms and groups against the real server", { timeout: 120_000 }, async () => {
  let server = await startServer();
  const make = () => new Client({ url: `http://127.0.0.1:${server.port}`, environment: nodeEnvironment() });
  const [ada, bob, guest] = [make(), make(), make()];
  try {
    await ada.register({ username: "ada", password });
    await bob.register({ username: "bob", password });
    await Promise.all([online(ada), online(bob)]);

    // The list, live.
    bob.rooms.watch({ game: "Minecraft" });
    await bob.link.request("ping", {});
    let told = next(bob, "room.updated");
    const room = await ada.rooms.create({ name: "Nether", game: "MINECRAFT", max_players: 3, password: "lava" });
    assert.equal((await told).room.id, room.id);
    assert.deepEqual(
      (await bob.rooms.list({ game: "minecraft", has_space: true, sort: "hot" })).items.map((one) => one.id),
      [room.id],
    );
    assert.deepEqual((await bob.rooms.list({ has_password: false })).items, []);

    // In, ready, played, out.
    await assert.rejects(bob.rooms.join(room.id), refused("room.wrong_password"));
    const joined = next(ada, "room.member_joined");
    await bob.rooms.join(room.id, { password: "lava" });
    assert.equal((await joined).member.user_id, bob.user?.id);
    await assert.rejects(ada.rooms.move(room.id, "start"), refused("room.not_ready"));
    await bob.rooms.ready(room.id, true);
    for (const [to, status] of [
      ["start", "playing"],
      ["finish", "ended"],
      ["reopen", "waiting"],
    ] as const)
      assert.equal((await ada.rooms.move(room.id, to)).status, status);
    const { code } = await ada.rooms.link(room.id, { max_uses: 1 });
    await ada.rooms.change(room.id, { name: "End", password: null });
    await guest.guest("Wanderer", code);
    await assert.rejects(guest.rooms.create({ name: "No", game: "No" }), refused("auth.guest"));
    assert.equal((await guest.upgrade({ username: "wanda", password })).username, "wanda");
    assert.equal((await guest.rooms.get(room.id)).members.length, 3);
    const kicked = next(bob, "room.member_left", (event) => event.user_id === bob.user?.id);
    await ada.rooms.kick(room.id, bob.user?.id ?? "");
    assert.equal((await kicked).reason, "kicked");
    await assert.rejects(bob.rooms.join(room.id), refused("room.banned"));
    assert.equal(ada.conversations.get(room.conversation_id)?.name, "End");

    // What is watched is watched after a loss too.
    const back = [ada, bob].map((one) => next(one, "welcome"));
    await server.stop("SIGKILL");
    server = await startServer({ port: server.port, folder: server.folder });
    await Promise.all(back);
    await bob.link.request("ping", {});
    told = next(bob, "room.updated");
    await ada.rooms.change(room.id, { name: "Overworld" });
    assert.equal((await told).room.name, "Overworld");
    const closed = next(bob, "room.closed");
    await ada.rooms.close(room.id);
    assert.equal((await closed).room_id, room.id);

    // A group: its link, its people, its end.
    const group = await ada.groups.create({ name: "Expedition", join: "request" });
    const link = await ada.groups.link(group.id);
    assert.deepEqual(await bob.groups.join({ code: link.code }), { status: "pending" });
    assert.equal((await ada.groups.requests(group.id))[0]?.user.id, bob.user?.id);
    await ada.groups.answer(group.id, bob.user?.id ?? "", "accept");
    const changed = next(bob, "group.updated", (event) => event.group.my_role === "admin");
    await ada.groups.setMember(group.id, bob.user?.id ?? "", { role: "admin" });
    await changed;
    await bob.groups.change(group.id, { announcement: "Tonight" });
    assert.equal((await ada.groups.get(group.id)).announcement, "Tonight");
    await ada.groups.unlink(group.id, link.code);
    await assert.rejects(guest.groups.join({ code: link.code }), refused("group.link_invalid"));
    await ada.groups.transfer(group.id, bob.user?.id ?? "");
    const removed = next(ada, "conversation.removed");
    await bob.groups.remove(group.id, ada.user?.id ?? "");
    assert.equal((await removed).conversation_id, group.conversation_id);
    assert.equal(ada.conversations.has(group.conversation_id), false);
    assert.deepEqual(
      (await bob.groups.members(group.id)).map((one) => one.user.username),
      ["bob"],
    );
    await bob.groups.dissolve(group.id);
    assert.deepEqual(await bob.groups.list(), []);
  } finally {
    for (const one of [ada, bob, guest]) one.stop();
    await server.stop();
    server.remove();
  }
});
