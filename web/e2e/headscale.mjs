// A private Headscale, and devices for it: what scripts/lib/headscale.sh builds, on free ports, in temporary folders, ended by their
// process ids.
import { execFile, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const program = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "netherlink/headscale-0.29.2/headscale");
const companion = fileURLToPath(new URL("../../build/netherlink-companion", import.meta.url));
const node = fileURLToPath(new URL("../../build/lan-node", import.meta.url));

/** Why it cannot be tried here; undefined if it can. */
export const headscaleMissing = () =>
  [program, node, companion].some((path) => !existsSync(path)) ? "./scripts/test builds what is needed" : undefined;

const freePort = (udp = false) =>
  new Promise((resolve, reject) => {
    const socket = udp ? createSocket("udp4") : createServer();
    const bound = () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    };
    socket.once("error", reject);
    if (udp) socket.bind(0, "127.0.0.1", bound);
    else socket.listen(0, "127.0.0.1", bound);
  });

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => {
    child.once("exit", resolve);
    child.kill("SIGKILL");
  });
}

export async function startHeadscale() {
  const folder = mkdtempSync(join(tmpdir(), "netherlink-headscale-"));
  const [port, grpc, stun] = [await freePort(), await freePort(), await freePort(true)];
  const url = `http://127.0.0.1:${port}`;
  const file = join(folder, "config.yaml");
  writeFileSync(
    file,
    `server_url: ${url}
listen_addr: 127.0.0.1:${port}
metrics_listen_addr: ""
grpc_listen_addr: 127.0.0.1:${grpc}
noise: {private_key_path: ${folder}/noise.key}
prefixes: {v4: 100.64.0.0/10, v6: "fd7a:115c:a1e0::/48"}
derp:
  server: {enabled: true, region_id: 999, region_code: test, region_name: test, verify_clients: true, stun_listen_addr: "127.0.0.1:${stun}", private_key_path: ${folder}/derp.key, ipv4: 127.0.0.1, ipv6: none, automatically_add_embedded_derp_region: true}
  urls: []
  auto_update_enabled: false
disable_check_updates: true
logtail: {enabled: false}
database: {type: sqlite, sqlite: {path: ${folder}/db.sqlite}}
policy: {mode: database}
dns: {magic_dns: false, override_local_dns: false, base_domain: lan.test}
unix_socket: ${folder}/socket
tuning: {node_store_batch_timeout: 20ms, batch_change_delay: 100ms}
`,
  );
  const child = spawn(program, ["-c", file, "serve"], { stdio: "ignore" });
  const stop = async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  for (;;) {
    if (child.exitCode !== null) throw new Error("Headscale ended instead of answering");
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.ok) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { stdout } = await promisify(execFile)(program, ["-c", file, "apikeys", "create", "--expiration", "1d"]);
  const key = stdout.split("\n").find((line) => line && !line.includes(" "));
  return {
    url,
    stop,
    settings: [
      ["vpn.cells", `[{name = "a", url = "${url}", api_key = "${key}"}]`],
      ["vpn.reconcile_interval", "1s"],
      ["vpn.poll_interval", "200ms"],
      ["vpn.timeout", "2s"],
      ["vpn.lease_ttl", "6s"],
    ],
  };
}

/** A device of a player, as the companion is one. */
export function startDevice(control, name) {
  const folder = mkdtempSync(join(tmpdir(), "netherlink-device-"));
  const child = spawn(node, [folder, control, name], { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (line) => {
    child.stdin.write(`${line}\n`);
    return (await lines.next()).value ?? "error it ended";
  };
  return {
    /** Comes in with a key; answers its address. */
    up: async (key) => {
      const answer = await ask(`up ${key}`);
      if (!answer.startsWith("up ")) throw new Error(answer);
      return answer.slice(3);
    },
    reaches: async (address) => (await ask(`reach ${address}`)) === "yes",
    stop: async () => {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Somebody's companion: signed in, on a machine of its own as far as it knows. `open` is what a click on a link starts. */
export async function startCompanion(server, user, password) {
  const folder = mkdtempSync(join(tmpdir(), "netherlink-companion-"));
  const env = {
    ...process.env,
    NETHERLINK_COMPANION_HOME: folder,
    TS_DEBUG_USE_DERP_HTTP: "true",
    TS_DISABLE_PORTMAPPER: "true",
    NETHERLINK_COMPANION_LOOPBACK: "1",
  };
  const login = spawn(companion, ["login", server, "--user", user, "--password-stdin"], {
    env,
    stdio: ["pipe", "ignore", "pipe"],
  });
  login.stdin.end(`${password}\n`);
  let said = "";
  login.stderr.on("data", (text) => {
    said += text;
  });
  const status = await new Promise((resolve) => login.once("exit", resolve));
  if (status !== 0) throw new Error(`the companion cannot log in: ${said}`);
  const running = [];
  return {
    open: (link) => running.push(spawn(companion, ["open", link], { env, stdio: "ignore" })),
    stop: async () => {
      await Promise.all(running.map(ended));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
