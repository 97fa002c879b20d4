import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client, KeyValue, Timeline } from "@netherlink/client";
import { World } from "./sim.ts";
import { SimBlob, simStore } from "./sim-files.ts";

const schedules = Number(process.env.SCHEDULES ?? 2000);
const firstSeed = Number(process.env.SEED ?? 1);

interface Person {
  client: Client;
  store: KeyValue;
  told: Map<string, number[]>;
  timelines: Map<string, Timeline>;
}

function open(world: World, id: string, store = simStore()): Person {
  const client = world.person(id, store);
  const told = new Map<string, number[]>();
  const timelines = new Map<string, Timeline>();
  for (const conversation of world.conversations) {
    const heard: number[] = [];
    told.set(conversation, heard);
    const timeline = client.timeline(conversation);
    timeline.events.on("message", (message) => heard.push(message.seq));
    timelines.set(conversation, timeline);
  }
  void client.start();
  return { client, store, told, timelines };
}

/** A minute of people, and of everything that can go wrong; then quiet, and everything has to be right. */
async function run(seed: number): Promise<void> {
  const world = new World(seed);
  const { random, clock } = world;
  const people = ["1", "2", "3"].map((id) => open(world, id));
  const written = new Map<string, string[]>();
  const files = new Map<string, SimBlob>();
  await clock.pass(random.below(500));
  for (let step = 0; step < 60; step += 1) {
    const who = random.below(people.length);
    const person = people[who] as Person;
    const conversation = world.conversations[random.below(2)] as string;
    switch (random.below(14)) {
      case 0:
        world.change(conversation);
        break;
      case 1: {
        const lines = [...world.lines];
        const line = lines[random.below(lines.length)];
        if (line) world.cut(line, random.chance(0.3));
        break;
      }
      case 2:
        world.storm = random.chance(0.5);
        break;
      case 3:
        if (random.chance(0.3)) {
          world.up = false;
          for (const line of [...world.lines]) world.cut(line, false, random.chance(0.5) ? 1001 : 1006);
          clock.after(random.below(8000), () => {
            world.up = true;
          });
        }
        break;
      case 4:
        // The page is loaded again: what was kept is all there is.
        if (random.chance(0.3)) {
          person.client.stop();
          await clock.pass(1);
          people[who] = open(world, String(who + 1), person.store);
        }
        break;
      case 5:
        void person.timelines
          .get(conversation)
          ?.load(1 + random.below(10), 10 + random.below(30))
          .catch(() => undefined);
        break;
      case 6: {
        const file = new SimBlob(1 + random.below(50_000), step);
        const entry = person.client.send({ conversation, content: "", file, name: `f${step}` });
        files.set(entry.client_msg_id, file);
        break;
      }
      case 7:
        if (random.chance(0.2)) world.files.forget();
        break;
      default: {
        const name = `${who + 1} ${conversation}`;
        const entry = person.client.send({ conversation, content: `m${step}` });
        written.set(name, [...(written.get(name) ?? []), entry.client_msg_id]);
      }
    }
    await clock.pass(random.below(random.chance(0.1) ? 20_000 : 400));
  }
  world.up = true;
  world.failures = 0;
  await clock.pass(400_000);

  for (const [name, ids] of written) {
    const [sender, conversation] = name.split(" ") as [string, string];
    const stored = (world.messages.get(conversation) ?? [])
      .filter((one) => one.sender_id === sender && one.kind === "text")
      .map((one) => one.client_msg_id);
    assert.deepEqual(stored, ids, `seed ${seed}: everything that ${sender} wrote in ${conversation}, once, in order`);
  }
  const sent = [...world.messages.values()].flat().filter((one) => one.kind === "file");
  assert.deepEqual(
    sent.map((one) => one.client_msg_id).sort(),
    [...files.keys()].sort(),
    `seed ${seed}: every file, once`,
  );
  for (const { client_msg_id, extra } of sent) {
    const whole = files.get(client_msg_id)?.same(world.files.bytes(extra?.attachment_id as string));
    assert.ok(whole, `seed ${seed}: a file is as it was`);
  }
  for (const [n, { client, told, timelines, store }] of people.entries()) {
    assert.deepEqual(await store.entries("file:"), [], `seed ${seed}: no file is kept`);
    assert.equal(client.link.state.phase, "online", `seed ${seed}`);
    assert.equal(client.outbox.size, 0, `seed ${seed}: nothing waits`);
    for (const [id, timeline] of timelines) {
      const truth = world.messages.get(id) ?? [];
      assert.equal(timeline.last, truth.length, `seed ${seed}: the end of ${id} for ${n + 1}`);
      const before = truth.map((one) => timeline.get(one.seq));
      for (const [at, message] of before.entries()) {
        if (message)
          assert.deepEqual(
            strip(message),
            strip(world.seen(truth[at] as never)),
            `seed ${seed}: what ${n + 1} holds of ${id}`,
          );
      }
      await Promise.all([timeline.load(1, timeline.last), clock.pass(5000)]);
      assert.deepEqual(
        truth.map((one) => strip(timeline.get(one.seq) as never)),
        truth.map((one) => strip(world.seen(one))),
        `seed ${seed}`,
      );
      const heard = told.get(id) ?? [];
      for (let k = 1; k < heard.length; k += 1)
        assert.equal(heard[k], (heard[k - 1] as number) + 1, `seed ${seed}: told in order, without a hole`);
      if (heard.length > 0) assert.equal(heard.at(-1), truth.length, `seed ${seed}: told to the end`);
    }
    assert.equal(client.conversations.get("world")?.last_seq, world.messages.get("world")?.length, `seed ${seed}`);
    client.stop();
  }
}

const strip = (message: {
  message_id: string;
  seq: number;
  content: string;
  status: string;
  revision: number;
  sender_id: string;
  client_msg_id: string;
}) => {
  const { message_id, seq, content, status, revision, sender_id, client_msg_id } = message;
  return { message_id, seq, content, status, revision, sender_id, client_msg_id };
};

test(`timelines equal the server's history after ${schedules} random schedules from seed ${firstSeed} on`, async () => {
  for (let seed = firstSeed; seed < firstSeed + schedules; seed += 1) await run(seed);
});
