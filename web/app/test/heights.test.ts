import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../sdk/test/sim.ts";
import { Heights } from "../src/lib/heights.ts";

test("the place of a row is the sum of those above it, and is found again by its height", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = new Random(seed);
    const heights = new Heights(50);
    heights.base = 1 + random.below(300);
    const last = heights.base + 500;
    for (let n = 0; n < 400; n += 1) heights.set(heights.base + random.below(500), 10 + random.below(300));
    let y = 0;
    for (let seq = heights.base; seq <= last; seq += 1) {
      assert.ok(Math.abs(heights.top(seq) - y) < 1e-6, `seed ${seed}, row ${seq}`);
      assert.equal(heights.at(y + 1, last), seq);
      y += heights.of(seq);
    }
  }
});
