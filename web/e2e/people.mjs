// People in browsers of their own, and what they do.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const password = "correct horse battery staple";
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const out = process.env.SCREENSHOTS ?? fileURLToPath(new URL("../../build/screenshots", import.meta.url));
mkdirSync(out, { recursive: true });

/** A browser context with one page. What the page complains about is kept in `complaints`. */
export async function person(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(Number(process.env.PATIENCE ?? 60_000));
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // The browser itself tells of requests that failed; a test may want them to.
    if (message.type() === "error" && !/Failed to load resource|WebSocket connection|net::ERR/.test(message.text()))
      complaints.push(message.text());
  });
  return { context, page, complaints, url };
}

export async function signUp(who, username, nickname) {
  await who.page.goto(`${who.url}/sign-up`);
  await who.page.fill("[name=username]", username);
  if (nickname) await who.page.fill("[name=nickname]", nickname);
  await who.page.fill("[name=password]", password);
  await who.page.click("[type=submit]");
  await who.page.waitForSelector(".rail");
  who.session = JSON.parse(await who.page.evaluate(() => localStorage.getItem("netherlink.session")));
  who.id = who.session.user.id;
  return who;
}

/** REST as this person. */
export async function call(who, method, path, body) {
  const token = await who.page.evaluate(() => JSON.parse(localStorage.getItem("netherlink.session")).access_token);
  const answer = await fetch(`${who.url}/api/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, ...(body ? { "Content-Type": "application/json" } : {}) },
    body: body ? JSON.stringify(body) : undefined,
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? undefined : answer.json();
}

export const say = async (who, text) => {
  await who.page.fill(".composer textarea", text);
  await who.page.press(".composer textarea", "Enter");
};

export const sees = (who, text) =>
  who.page.waitForSelector(`.row:not(.is-pending) .content:has-text(${JSON.stringify(text)})`);

export const singleOf = (a, b) => `single_${BigInt(a) < BigInt(b) ? `${a}_${b}` : `${b}_${a}`}`;

/** A picture for people to look at, in both themes; and axe finds nothing on the page. */
export async function look(who, name, { dark = true } = {}) {
  for (const theme of dark ? ["light", "dark"] : ["light"]) {
    await who.page.evaluate((value) => {
      document.documentElement.dataset.theme = value;
    }, theme);
    await who.page.waitForTimeout(200);
    await who.page.screenshot({ path: join(out, `${name}-${theme}.png`) });
    const wrong = await axe(who);
    if (wrong.length > 0) throw new Error(`axe on ${name} (${theme}):\n${wrong.join("\n")}`);
  }
  await who.page.evaluate(() => {
    delete document.documentElement.dataset.theme;
  });
}

export async function axe(who) {
  // By the debugger: the page's own policy lets no script in.
  await who.page.evaluate(axeSource);
  return who.page.evaluate(async () => {
    const result = await globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      rules: { region: { enabled: false } },
    });
    return result.violations.map(
      (one) =>
        `${one.id}: ${one.help}\n  ${one.nodes
          .slice(0, 3)
          .map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`)
          .join("\n  ")}`,
    );
  });
}

/** Friends at once, by REST. */
export async function befriend(one, other) {
  const { id } = await call(one, "POST", "/friends/requests", { user_id: other.id });
  await call(other, "POST", `/friends/requests/${id}/accept`);
}

/** At the page of an invitation. */
export async function enterAsGuest(who, nickname) {
  await who.page.fill("[name=nickname]", nickname);
  await who.page.click("form [type=submit]");
  await who.page.waitForSelector(".rail");
  who.session = JSON.parse(await who.page.evaluate(() => localStorage.getItem("netherlink.session")));
  who.id = who.session.user.id;
  return who;
}

/** Chooses from a menu. */
export async function menu(who, opener, item) {
  await who.page.click(opener);
  await who.page.click(`[role=menuitem]:has-text(${JSON.stringify(item)})`);
}

/** Says yes to a question. */
export const sure = (who) => who.page.locator("dialog .dialog-foot .button:not(.button-quiet)").last().click();

/**
 * Many messages of many heights, over a socket of its own; resolves when all are acknowledged. `to` is `{to_user_id}` or
 * `{conversation_id}`; `rate` is a number per second, without it as fast as it goes.
 */
export async function fill(who, to, messages, { rate = 0, name = "fill" } = {}) {
  await who.page.evaluate(
    async ({ to, messages, rate, name }) => {
      const { access_token } = JSON.parse(localStorage.getItem("netherlink.session"));
      const socket = new WebSocket(`ws://${location.host}/ws`, ["netherlink.v1.json", `bearer.${access_token}`]);
      let acked = 0;
      let sent = 0;
      await new Promise((resolve, reject) => {
        const send = () => {
          sent += 1;
          const content = `message ${sent}${"\nmore lines".repeat((sent * 7) % 5)}`;
          const data = { ...to, client_msg_id: `${name}-${sent}`, kind: "text", content };
          socket.send(JSON.stringify({ type: "message.send", id: String(sent), data }));
        };
        const begin = performance.now();
        const more = () => {
          const due = rate ? Math.min(messages, ((performance.now() - begin) / 1000) * rate) : messages;
          while (sent < due && sent - acked < 200) send();
          if (rate && sent < messages) setTimeout(more, 20);
        };
        socket.onmessage = ({ data }) => {
          const frame = JSON.parse(data);
          if (frame.type === "welcome") more();
          if (frame.type === "error") reject(new Error(data));
          if (frame.type !== "message.ack") return;
          acked += 1;
          if (acked === messages) resolve();
          else if (!rate) more();
        };
        socket.onerror = reject;
      });
      socket.close();
    },
    { to, messages, rate, name },
  );
}
