import assert from "node:assert/strict";
import { test } from "node:test";
import { boxOf, refusal, sendableName, typeOf } from "../src/lib/files.ts";
import { mentionable } from "../src/lib/mention.ts";

const people = [
  { id: "1", username: "ada", nickname: "Ada Lovelace" },
  { id: "2", username: "bob", nickname: "Ålice" },
  { id: "3", username: "alan", nickname: "Turing" },
];

test("who is meant, by the beginning of any of their names", () => {
  assert.deepEqual(mentionable(people, "a", null), ["1", "3"]);
  assert.deepEqual(mentionable(people, "LOVE", null), ["1"]);
  assert.deepEqual(mentionable(people, "a", "everyone"), ["1", "3", "all"]);
  assert.deepEqual(mentionable(people, "every", "everyone"), ["all"]);
  assert.deepEqual(mentionable(people, "", "所有人", 2), ["1", "2", "all"]);
  assert.deepEqual(mentionable(people, "x", "everyone"), []);
});

test("a file's name is one that the server takes, and keeps its end", () => {
  assert.equal(sendableName("../../etc/passwd"), ".._.._etc_passwd");
  assert.equal(sendableName("cat\u202Egnp.exe"), "catgnp.exe");
  const long = sendableName(`${"很".repeat(200)}.tar.gz`);
  assert.ok(new TextEncoder().encode(long).length <= 255 && long.endsWith(".tar.gz"), long);
  assert.equal(sendableName("\u0000\n"), "…");
  assert.equal(typeOf("a.tar.gz", "application/gzip"), "GZ");
  assert.equal(typeOf("README", "text/plain"), "PLAIN");
  assert.equal(typeOf("x.<script>", ""), "");
});

test("what the server refuses is known before, as far as it said so", () => {
  const config = (allowed: string[], refused: string[]) =>
    ({ limits: { attachment_bytes: 100 }, attachment_types: { allowed, refused } }) as never;
  assert.equal(refusal({ size: 0, type: "" }, null), "empty");
  assert.equal(refusal({ size: 101, type: "" }, config([], [])), "large");
  assert.equal(refusal({ size: 100, type: "image/png" }, config([], [])), null);
  assert.equal(refusal({ size: 1, type: "image/png" }, config(["image/*"], [])), null);
  assert.equal(refusal({ size: 1, type: "image/png" }, config(["image/*"], ["image/png"])), "type");
  assert.equal(refusal({ size: 1, type: "text/html" }, config(["image/*"], [])), "type");
  assert.equal(refusal({ size: 1, type: "" }, config(["image/*"], [])), null);
});

test("the space of a picture, whatever is said of its size", () => {
  assert.deepEqual(boxOf(1200, 800), { width: 360, height: 240 });
  assert.deepEqual(boxOf(100, 90), { width: 100, height: 90 });
  assert.deepEqual(boxOf(1, 100_000), { width: 72, height: 320 });
  for (const odd of [undefined, -1, 0, "x", "9".repeat(400), Number.NaN, {}, []])
    assert.deepEqual(boxOf(odd, 100), { width: 240, height: 160 });
});
