// Runs e2e/*.test.mjs one after the other with Node's test runner: a real server, a real Chromium.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../e2e", import.meta.url));
const wanted = process.argv.slice(2);
const tests = readdirSync(folder)
  .filter((name) => name.endsWith(".test.mjs") && (wanted.length === 0 || wanted.some((one) => name.includes(one))))
  .map((name) => join(folder, name));
const concurrency = Number(process.versions.node.split(".")[0]) >= 20 ? ["--test-concurrency=1"] : [];
const run = spawnSync(process.execPath, ["--test", "--test-reporter=tap", ...concurrency, ...tests], {
  stdio: "inherit",
});
process.exit(run.status ?? 1);
