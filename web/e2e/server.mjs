// A real server of one's own for a test: on a free port, in a temporary folder, ended by its process id.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startFront } from "../tools/front.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

export function serverBinary() {
  return process.env.NETHERLINK_TEST_BINARY ?? join(root, "build/release/netherlink");
}

/** With NETHERLINK_TEST_WEB=dist the client of web/dist is put in front of the binary, whose own may be older. */
const fronts = new Map();
async function inFront(server) {
  if (process.env.NETHERLINK_TEST_WEB !== "dist") return server;
  let front = fronts.get(server.port);
  if (!front) {
    front = await startFront({ behind: () => server.port, folder: join(root, "web/dist") });
    fronts.set(server.port, front);
  }
  return {
    ...server,
    url: `http://127.0.0.1:${front.port}`,
    remove: () => {
      void front.stop();
      server.remove();
    },
  };
}

/** Starts one; `port` and `folder` of an earlier one bring that one back. */
export async function startServer(options = {}) {
  return inFront(await startBinary(options));
}

async function startBinary({ port = 0, folder = mkdtempSync(join(tmpdir(), "netherlink-web-")), settings = [] }) {
  const values = {
    "http.port": port,
    "store.url": `sqlite:///${folder}/netherlink.db`,
    "auth.password_cost": "test",
    "rate_limits.enabled": "false",
    "log.format": "json",
    ...Object.fromEntries(settings),
  };
  const child = spawn(
    serverBinary(),
    ["serve", ...Object.entries(values).flatMap(([key, value]) => ["--set", `${key}=${value}`])],
    { cwd: folder, env: withoutOurs(), stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  const taken = await new Promise((resolve, reject) => {
    const listen = (chunk) => {
      log += chunk;
      for (const line of log.split("\n")) {
        if (!line.includes('"listening"')) continue;
        const found = /"port":\s*"?(\d+)/.exec(line) ?? /:(\d+)"/.exec(line);
        if (found) resolve(Number(found[1]));
      }
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`the server ended with ${code}:\n${log}`)));
  });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  return {
    port: taken,
    url: `http://127.0.0.1:${taken}`,
    folder,
    log: () => log,
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      await ended;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The server refuses variables of its own prefix that it does not know. */
function withoutOurs() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("NETHERLINK_")));
}
