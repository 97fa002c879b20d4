// Debian's Chromium through playwright-core.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

export function chromiumPath() {
  const found = [
    process.env.CHROMIUM,
    "/usr/bin/chromium",
    "/usr/bin/chromium-headless-shell",
    "/usr/bin/chromium-browser",
  ].find((path) => path && existsSync(path));
  if (!found) throw new Error("no chromium: apt-get install chromium");
  return found;
}

export function launch() {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      "--disable-dev-shm-usage",
      "--force-color-profile=srgb",
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ],
  });
}
