import assert from "node:assert/strict";
import { test } from "node:test";
import { pieces } from "../src/lib/highlight.ts";
import { matches, placed } from "../src/lib/roomlist.ts";

const marked = (text: string, ...finds: string[]) =>
  pieces(text, finds)
    .map((one) => (one.found ? `[${one.text}]` : one.text))
    .join("");

test("what was found is marked where it stands", () => {
  assert.equal(marked("Good morning, good people", "Good", "good"), "[Good] morning, [good] people");
  assert.equal(marked("goods and good", "good", "goods"), "[goods] and [good]");
  assert.equal(marked("nothing here", "absent"), "nothing here");
  assert.equal(marked("今天天気いい", "天気"), "今天[天気]いい");
  assert.equal(marked("", "x"), "");
});

test("a long text is cut around the first find", () => {
  const text = `${"far away ".repeat(100)}here it is ${"and on ".repeat(100)}`;
  const shown = marked(text, "here");
  assert.ok(shown.startsWith("…") && shown.endsWith("…") && shown.includes("[here]"));
  assert.ok(shown.length < 320);
});

const room = (id: string, more: object = {}) => ({
  id,
  conversation_id: `room_${id}`,
  name: `Room ${id}`,
  game: "Minecraft",
  owner_id: "1",
  status: "waiting" as const,
  max_players: 4,
  player_count: 1,
  has_password: false,
  visibility: "public" as const,
  created_at: `2026-01-01T00:00:0${id}.000Z`,
  ...more,
});

test("a room matches as on the server", () => {
  assert.ok(matches(room("1"), { game: "ＭＩＮＥＣＲＡＦＴ", has_space: true, q: "room" }));
  assert.ok(!matches(room("1", { player_count: 4 }), { has_space: true }));
  assert.ok(!matches(room("1"), { status: "playing" }));
  assert.ok(!matches(room("1", { has_password: true }), { has_password: false }));
});

test("a room that changed is put where it belongs, or taken off", () => {
  const known = new Map([room("1"), room("2", { player_count: 3 }), room("3")].map((one) => [one.id, one]));
  assert.deepEqual(placed(["3", "1"], room("2"), {}, "newest", known), ["3", "2", "1"]);
  assert.deepEqual(placed(["1", "3"], room("2", { player_count: 3 }), {}, "players", known), ["2", "1", "3"]);
  assert.deepEqual(placed(["3", "2", "1"], room("2", { status: "playing" }), { status: "waiting" }, "newest", known), [
    "3",
    "1",
  ]);
  assert.deepEqual(placed([], room("2"), {}, "name", known), ["2"]);
});
