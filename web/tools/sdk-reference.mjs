// Writes sdk/REFERENCE.md, the public names of the SDK with their signatures and comments, from the sources as the formatter
// leaves them.
//   node tools/sdk-reference.mjs           writes the file
//   node tools/sdk-reference.mjs --check   exit status 1 when the file is not what would be written
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(`../sdk/${path}`, import.meta.url));
const target = here("REFERENCE.md");

/** What an entry exports, but for the wire: name to file. */
function exportsOf(entry) {
  const text = readFileSync(here(entry), "utf8");
  const found = [];
  for (const [, names, file] of text.matchAll(/export (?:type )?\{([^}]*)\} from "\.\/([\w-]+)\.ts"/g)) {
    if (file === "wire") continue;
    for (const name of names.split(",")) found.push([name.replace(/\btype\b/, "").trim(), `src/${file}.ts`]);
  }
  return found.filter(([name]) => name);
}

const comment = (lines) =>
  lines
    .join("\n")
    .replace(/^\s*\/\*\*?/, "")
    .replace(/\*\/\s*$/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
    .join("\n")
    .trim();

/** Lines from `at` up to where a declaration ends, without its body: the formatter breaks lines only inside brackets. */
function signature(lines, at) {
  const taken = [];
  let depth = 0;
  for (let n = at; n < lines.length; n += 1) {
    const line = lines[n].trim();
    taken.push(line);
    for (const c of line.replaceAll("=>", "")) depth += "([{<".includes(c) ? 1 : ")]}>".includes(c) ? -1 : 0;
    if ((line.endsWith("{") && depth === 1) || (/[;,}]$/.test(line) && depth === 0)) break;
  }
  return taken.join(" ");
}

const tidy = (text) =>
  text
    .replace(/\b(?:readonly|async|override|export|abstract) /g, "")
    .replace(/\(\s+/g, "(")
    .replace(/,?\s+\)/g, ")")
    .replace(/\s*[{;]$/, "")
    .replace(/^(\w+) = \d+$/, "$1: number")
    .replace(/^(\w+) = (?:true|false)$/, "$1: boolean")
    .replace(/^(\w+) = new (.*)\(\)$/, "$1: $2")
    .trim();

/** Members of a class or interface: those with two spaces before them, and not private. */
function members(lines) {
  const out = [];
  let note = [];
  let inNote = false;
  for (let n = 0; n < lines.length; n += 1) {
    const line = lines[n];
    if (/^ {2}\/\*\*/.test(line)) {
      note = [];
      inNote = true;
    }
    if (inNote) {
      note.push(line);
      inNote = !line.includes("*/");
      continue;
    }
    const head =
      /^ {2}(?! )([\w ]*?)\b(\w+)\??(?:<[^>]*>)?[(:]/.exec(line) ?? /^ {2}(?! )(readonly |)(\w+) =/.exec(line);
    if (head && !/\b(?:private|protected)\b/.test(head[1]) && head[2] !== "constructor") {
      out.push({ text: tidy(signature(lines, n)), note: comment(note) });
    }
    if (line.trim() !== "") note = [];
  }
  return out;
}

function declaration(name, file) {
  const lines = readFileSync(here(file), "utf8").split("\n");
  const at = lines.findIndex((line) =>
    new RegExp(`^export (?:abstract )?(?:class|interface|type|function|const) ${name}\\b`).test(line),
  );
  if (at < 0) throw new Error(`${name} is not in ${file}`);
  let begin = at;
  if (lines[at - 1]?.endsWith("*/")) {
    do begin -= 1;
    while (!lines[begin].includes("/**"));
  }
  const note = comment(lines.slice(begin, at));
  const [, kind] = /^export (?:abstract )?(\w+)/.exec(lines[at]);
  if (kind === "class" || kind === "interface") {
    const end = lines.findIndex((line, n) => n > at && line === "}");
    const parent = /extends (\w+)/.exec(lines[at])?.[1];
    return { name, kind, note, parent, members: members(lines.slice(at + 1, end)) };
  }
  if (kind === "type") {
    const end = lines.findIndex((line, n) => n >= at && line.endsWith(";"));
    return {
      name,
      kind,
      note,
      text: lines
        .slice(at, end + 1)
        .map((line) => line.trim())
        .join(" ")
        .replace(/^export |;$/g, ""),
    };
  }
  return { name, kind, note, text: tidy(signature(lines, at)) };
}

const cell = (text) => text.replaceAll("|", "\\|").replace(/\s+/g, " ");

function written({ name, kind, note, parent, members: all, text }) {
  const out = [`### ${name}`, ""];
  if (note) out.push(note, "");
  if (parent) out.push(parent === "Error" ? "An `Error`." : `With all of \`${parent}\`.`, "");
  if (text) out.push("```ts", text, "```", "");
  if (all?.length) {
    out.push(`| ${kind === "class" ? "member" : "field"} | |`, "|---|---|");
    for (const one of all) out.push(`| \`${cell(one.text)}\` | ${cell(one.note)} |`);
    out.push("");
  }
  return out.join("\n");
}

const main = exportsOf("src/index.ts");
const all = new Map(main);
const first = ["Client", "Account", "Timeline", "Rooms", "Groups", "NetherLinkError"];
const names = [...first, ...[...all.keys()].filter((name) => !first.includes(name) && name !== "DeviceSession")];
const text = [
  "# Reference",
  "",
  "Written by `tools/sdk-reference.mjs` from the sources: change those, then run `npm run reference`. Types of the wire (`Message`, `Conversation`, `Room`,",
  "`Group`, …) are those of `api/openapi.yaml` and `api/asyncapi.yaml`, in `src/wire.ts`; all of them are exported.",
  "",
  "## @netherlink/client",
  "",
  ...names.map((name) => written(declaration(name, all.get(name)))),
  "## @netherlink/client/node",
  "",
  ...["NodeSocket", "nodeEnvironment"].map((name) => written(declaration(name, "src/node.ts"))),
].join("\n");

if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== `${text.trimEnd()}\n`) {
    console.error("web/sdk/REFERENCE.md is not what the sources say. To repair: cd web && npm run reference");
    process.exit(1);
  }
} else {
  writeFileSync(target, `${text.trimEnd()}\n`);
}
