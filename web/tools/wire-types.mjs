// Writes sdk/src/wire.ts, the types of everything on the wire, from api/openapi.yaml and api/asyncapi.yaml.
//   node tools/wire-types.mjs           writes the file
//   node tools/wire-types.mjs --check   exit status 1 when the file is not what would be written
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const rest = parse(readFileSync(here("../../api/openapi.yaml"), "utf8"));
const socket = parse(readFileSync(here("../../api/asyncapi.yaml"), "utf8"));
const target = here("../sdk/src/wire.ts");

const nameOf = (ref) => ref.split("/").at(-1);
const key = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
const unique = (list) => [...new Set(list)].join(" | ");

function typeOf(schema, indent) {
  if (schema === undefined || schema === true) return "unknown";
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return unique(schema.enum.map((value) => JSON.stringify(value)));
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices?.every((choice) => Object.keys(choice).join() === "required")) {
    return objectOf(schema, indent);
  }
  if (choices) return unique(choices.map((choice) => typeOf(choice, indent)));
  if (schema.allOf) {
    const parts = schema.allOf.filter((part) => part.$ref || part.type).map((part) => typeOf(part, indent));
    if (schema.properties) parts.push(objectOf(schema, indent));
    return parts.length ? parts.join(" & ") : "unknown";
  }
  if (Array.isArray(schema.type)) {
    return unique(schema.type.map((type) => typeOf({ ...schema, type }, indent)));
  }
  switch (schema.type) {
    case "string":
      return "string";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    case "array": {
      const item = typeOf(schema.items, indent);
      return /[|&]/.test(item) ? `(${item})[]` : `${item}[]`;
    }
    default:
      return schema.properties || schema.additionalProperties || schema.type === "object"
        ? objectOf(schema, indent)
        : "unknown";
  }
}

function objectOf(schema, indent) {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) {
    const value = schema.additionalProperties;
    return `Record<string, ${value && typeof value === "object" ? typeOf(value, indent) : "unknown"}>`;
  }
  const required = new Set(schema.required ?? []);
  const inner = `${indent}  `;
  const lines = properties.map(([name, property]) => {
    const note = property.description ? `${inner}/** ${oneLine(property.description)} */\n` : "";
    return `${note}${inner}${key(name)}${required.has(name) ? "" : "?"}: ${typeOf(property, inner)};\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

const oneLine = (text) => text.trim().replace(/\s+/g, " ").replaceAll("*/", "* /");

function declared(schemas) {
  return Object.entries(schemas)
    .map(([name, schema]) => {
      const note = schema.description ? `/** ${oneLine(schema.description)} */\n` : "";
      return `${note}export type ${name} = ${typeOf(schema, "")};\n`;
    })
    .join("\n");
}

/** The frames of one direction: name to data. */
function frames(action) {
  const lines = new Map();
  const add = (ref) => {
    const message = socket.components.messages[nameOf(ref.$ref)];
    const data = message.payload.properties.data;
    lines.set(message.name, `  ${key(message.name)}: ${typeOf(data, "  ")};\n`);
  };
  for (const operation of Object.values(socket.operations)) {
    if (action === "receive" && operation.action === "receive") operation.messages.forEach(add);
    if (action === "send") {
      if (operation.action === "send") operation.messages.forEach(add);
      operation.reply?.messages?.forEach(add);
    }
  }
  return [...lines]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, line]) => line)
    .join("");
}

const text = `// Written by tools/wire-types.mjs from api/openapi.yaml and api/asyncapi.yaml: change those, then run \`npm run types\`.

${declared(rest.components.schemas)}
${declared(Object.fromEntries(Object.entries(socket.components.schemas).filter(([name]) => !(name in rest.components.schemas))))}
/** What a client may send over the socket: the data of each frame. */
export interface ClientFrames {
${frames("receive")}}

/** What the server sends over the socket: the data of each frame. */
export interface ServerFrames {
${frames("send")}}
`;

if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error("web/sdk/src/wire.ts is not what api/*.yaml say. To repair: cd web && npm run types");
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
