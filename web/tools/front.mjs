// A server with another web client in front of it: the pages and files come from a folder, everything else from the server behind,
// WebSocket included. For work on the client, and for tests of one that is not part of the binary yet.
import { existsSync, readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};
const rootFiles = new Set(["/sw.js", "/manifest.webmanifest", "/favicon.svg"]);

/** The paths that the server answers with the page: what api/openapi.yaml describes with `{$ref: …/Page}` or text/html. */
function pages() {
  const text = readFileSync(fileURLToPath(new URL("../../api/openapi.yaml", import.meta.url)), "utf8");
  const paths = [...text.matchAll(/^ {2}(\/[^\s:]*):\n((?: {4,}.*\n)*)/gm)]
    .filter(([, path, body]) => /tags: \[web\]/.test(body) && !path.startsWith("/assets") && !rootFiles.has(path))
    .map(([, path]) => path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+"));
  return new RegExp(`^(?:${paths.join("|")})$`);
}

/** The Content-Security-Policy of the page, as the server's source has it. */
function policy() {
  const text = readFileSync(fileURLToPath(new URL("../../src/gateway/api/web_client.cpp", import.meta.url)), "utf8");
  const literal = /page_policy =([^;]*?"(?:[^"]|"\s*")*");/.exec(text)?.[1] ?? "";
  return [...literal.matchAll(/"([^"]*)"/g)].map(([, part]) => part).join("");
}

/** `behind` answers the port of the server. Resolves when it listens on 127.0.0.1. */
export async function startFront({ behind, folder, port = 0 }) {
  const isPage = pages();
  const pagePolicy = policy();
  const sockets = new Set();
  const fileFor = (path) => {
    if (isPage.test(path)) return join(folder, "index.html");
    if (path.startsWith("/assets/") || rootFiles.has(path)) return join(folder, basename(path));
    return undefined;
  };

  const server = createServer((asked, answer) => {
    const file = asked.method === "GET" ? fileFor(new URL(asked.url, "http://x").pathname) : undefined;
    // Pages are asked for as well: who is gone behind is gone in front.
    const onward = request(
      { port: behind(), host: "127.0.0.1", method: asked.method, path: file ? "/" : asked.url, headers: asked.headers },
      (came) => {
        if (!file) {
          answer.writeHead(came.statusCode, came.headers);
          came.pipe(answer);
          return;
        }
        came.resume();
        if (!existsSync(file)) {
          answer.writeHead(404).end();
          return;
        }
        const headers = {
          "content-type": types[extname(file)] ?? "application/octet-stream",
          "cache-control": "no-cache",
        };
        if (file.endsWith("index.html")) headers["content-security-policy"] = pagePolicy;
        answer.writeHead(200, headers).end(readFileSync(file));
      },
    );
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("upgrade", (asked, socket, head) => {
    const onward = connect(behind(), "127.0.0.1", () => {
      const lines = [`${asked.method} ${asked.url} HTTP/1.1`];
      for (let n = 0; n < asked.rawHeaders.length; n += 2)
        lines.push(`${asked.rawHeaders[n]}: ${asked.rawHeaders[n + 1]}`);
      onward.write(`${lines.join("\r\n")}\r\n\r\n`);
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ]) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [behind = "8080", port = "5173"] = process.argv.slice(2);
  const folder = fileURLToPath(new URL("../dist", import.meta.url));
  const front = await startFront({ behind: () => Number(behind), folder, port: Number(port) });
  console.log(`http://127.0.0.1:${front.port} shows web/dist, in front of the server on port ${behind}`);
}
