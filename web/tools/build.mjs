// Builds the web client into dist/: bundled, named by content, compressed. `--watch` builds again on changes, uncompressed.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const final = join(root, "dist");
const watch = process.argv.includes("--watch");
const work = join(root, watch ? "dist" : `dist.${process.pid}`);
const version = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;

const options = {
  absWorkingDir: root,
  entryPoints: { app: "app/src/main.tsx", boot: "app/src/boot.ts" },
  outdir: work,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  publicPath: "/assets",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["chrome100", "firefox100", "safari15.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  alias: { "@netherlink/client": "./sdk/src/index.ts" },
  define: { VERSION: JSON.stringify(version) },
  loader: { ".svg": "file" },
  minify: !watch,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
};

const hashOf = (text) => createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase();

/** The page, the service worker and the manifest name what esbuild named. */
function finish(metafile) {
  const outputs = Object.entries(metafile.outputs).map(([path, output]) => ({ name: basename(path), ...output }));
  const app = outputs.find((output) => output.entryPoint === "app/src/main.tsx");
  const boot = outputs.find((output) => output.entryPoint === "app/src/boot.ts");
  const style = app.cssBundle && basename(app.cssBundle);
  // What the first screen needs and the entry would only ask for once it is there.
  const preload = app.imports.filter((i) => i.kind === "import-statement").map((i) => basename(i.path));

  const icons = [];
  for (const name of readdirSync(join(root, "app/public"))) {
    const content = readFileSync(join(root, "app/public", name));
    if (name.startsWith("icon-")) {
      const named = name.replace(/(\.\w+)$/, `-${hashOf(content)}$1`);
      writeFileSync(join(work, named), content);
      icons.push([name, named]);
    }
  }
  const resolve = (text) =>
    icons.reduce((all, [name, named]) => all.replaceAll(`/assets/${name}`, `/assets/${named}`), text);
  const page = resolve(readFileSync(join(root, "app/public/index.html"), "utf8"))
    .replace("<!--boot-->", `<script src="/assets/${boot.name}"></script>`)
    .replace("<!--style-->", style ? `<link rel="stylesheet" href="/assets/${style}">` : "")
    .replace("<!--preload-->", preload.map((name) => `<link rel="modulepreload" href="/assets/${name}">`).join(""))
    .replace("<!--app-->", `<script type="module" src="/assets/${app.name}"></script>`);
  writeFileSync(join(work, "index.html"), page);
  for (const name of ["manifest.webmanifest", "favicon.svg"]) {
    writeFileSync(join(work, name), resolve(readFileSync(join(root, "app/public", name), "utf8")));
  }
  const files = readdirSync(work)
    .filter((name) => /-[0-9A-Z]{8}\.\w+$/.test(name))
    .sort();
  const worker = esbuild.buildSync({
    absWorkingDir: root,
    entryPoints: ["app/src/sw.ts"],
    bundle: true,
    write: false,
    minify: true,
    define: {
      FILES: JSON.stringify(files.map((name) => `/assets/${name}`)),
      BUILD: JSON.stringify(hashOf(page + files.join())),
    },
  });
  writeFileSync(join(work, "sw.js"), worker.outputFiles[0].text);
}

function compress() {
  let plain = 0;
  let packed = 0;
  for (const name of readdirSync(work)) {
    const content = readFileSync(join(work, name));
    plain += content.length;
    if (name.endsWith(".png")) continue;
    const brotli = brotliCompressSync(content, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
    });
    packed += brotli.length;
    writeFileSync(join(work, `${name}.br`), brotli);
    writeFileSync(join(work, `${name}.gz`), gzipSync(content, { level: 9 }));
  }
  return { plain, packed };
}

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
if (watch) {
  const context = await esbuild.context({
    ...options,
    plugins: [
      { name: "finish", setup: (build) => build.onEnd((result) => result.metafile && finish(result.metafile)) },
    ],
  });
  await context.watch();
} else {
  try {
    const { metafile } = await esbuild.build(options);
    finish(metafile);
    const { plain, packed } = compress();
    rmSync(final, { recursive: true, force: true });
    renameSync(work, final);
    console.log(`web client: ${(plain / 1024).toFixed(0)} KiB, compressed ${(packed / 1024).toFixed(0)} KiB`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
