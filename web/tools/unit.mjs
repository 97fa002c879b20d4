// Bundles each sdk/test/*.test.ts and runs it with Node's own test runner. Arguments: names to run.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const wanted = process.argv.slice(2);
const tests = ["sdk/test", "app/test"]
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
  .filter((path) => path.endsWith(".test.ts") && (wanted.length === 0 || wanted.some((one) => path.includes(one))));
const out = mkdtempSync(join(tmpdir(), "netherlink-unit-"));
let status = 1;
try {
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: tests,
    outdir: out,
    outbase: root,
    entryNames: "[name]",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node18",
    supported: { "top-level-await": true },
    jsx: "automatic",
    jsxImportSource: "preact",
    alias: { "@netherlink/client/node": "./sdk/src/node.ts", "@netherlink/client": "./sdk/src/index.ts" },
    sourcemap: "inline",
  });
  const run = spawnSync(
    process.execPath,
    ["--enable-source-maps", "--test", "--test-reporter=tap", ...readdirSync(out).map((name) => join(out, name))],
    { stdio: "inherit", env: { ...process.env, NETHERLINK_WEB_ROOT: root } },
  );
  status = run.status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
process.exit(status);
