// A mail server of one's own for a test: tests/support/smtp_server.py on a free port.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../tests/support/smtp_server.py", import.meta.url));

export async function startMail() {
  const folder = mkdtempSync(join(tmpdir(), "netherlink-mail-"));
  // Debian's interpreter: its packages are installed for it.
  const child = spawn("/usr/bin/python3", [script, folder, "0"], { stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint += chunk;
  });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const patient = async (find, what) => {
    for (const until = Date.now() + Number(process.env.PATIENCE ?? 60_000); Date.now() < until; ) {
      const found = find();
      if (found) return found;
      if (child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${what} did not come: ${complaint}`);
  };
  const port = await patient(
    () => existsSync(join(folder, "port")) && Number(readFileSync(join(folder, "port"), "utf8")),
    "the mail server",
  );
  const mails = (to) =>
    readdirSync(folder)
      .filter((name) => /^\d+\.json$/.test(name))
      .sort()
      .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")))
      .filter((mail) => mail.to.includes(to));
  return {
    mails,
    /** The mail of number `index` to that address, once it is there. */
    wait: (to, index = 0) => patient(() => mails(to)[index], `mail ${index} to ${to}`),
    /** What a server that sends through it is started with; `url` is where its links lead. */
    settings: (url) => [
      ["email.url", `smtp://127.0.0.1:${port}`],
      ["email.tls", "none"],
      ["email.from", "noreply@play.example"],
      ["email.public_url", url],
    ],
    stop: async () => {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What follows the base of the link in a mail: path and code. */
export const linkIn = (mail) => /https:\/\/play\.example(\/[a-z-]+#[0-9A-Z]+)/.exec(mail.text)?.[1];
export const codeIn = (mail) => /^((?:[0-9A-Z]{4}-){5}[0-9A-Z]{4})\r?$/m.exec(mail.text)?.[1];
