// Pictures and files: by button, by drop and by paste; with progress, cancelled, gone on with after a reload and a killed server; looked at
// by the keyboard; refused before they are sent; and what hostile ones do, which is nothing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { befriend, call, look, person, say, sees, signUp, singleOf } from "./people.mjs";
import { startServer } from "./server.mjs";

const settings = [
  ["attachments.max_bytes", "40MiB"],
  ["attachments.refused_types", "application/vnd.microsoft.portable-executable"],
];
let server, browser, ada, bob, id;
before(async () => {
  server = await startServer({ settings });
  browser = await launch();
  [ada, bob] = await Promise.all([0, 1].map(() => person(browser, server.url)));
  await signUp(ada, "ada", "Ada Lovelace");
  await signUp(bob, "bob", "Bob");
  await befriend(ada, bob);
  id = singleOf(ada.id, bob.id);
  for (const one of [ada, bob]) {
    await one.page.goto(`${server.url}/c/${id}`);
    await one.page.waitForSelector(".composer textarea");
  }
});
after(async () => {
  await browser?.close();
  await server?.stop();
  server?.remove();
});

/** A picture that a page paints: the bytes of a PNG. */
async function painted(who, width, height, hue) {
  const url = await who.page.evaluate(
    ([width, height, hue]) => {
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width, height });
      const pen = canvas.getContext("2d");
      const sky = pen.createLinearGradient(0, 0, 0, height);
      sky.addColorStop(0, `hsl(${hue} 70% 35%)`);
      sky.addColorStop(1, `hsl(${hue + 50} 80% 72%)`);
      pen.fillStyle = sky;
      pen.fillRect(0, 0, width, height);
      pen.fillStyle = `hsl(${hue + 180} 30% 18%)`;
      pen.beginPath();
      pen.moveTo(0, height);
      for (let n = 0; n <= 12; n += 1) pen.lineTo((width * n) / 12, height * (0.55 + 0.25 * Math.sin(n * 1.7)));
      pen.lineTo(width, height);
      pen.fill();
      return canvas.toDataURL();
    },
    [width, height, hue],
  );
  return Buffer.from(url.split(",")[1], "base64");
}

async function toEnd({ page }) {
  if (await page.locator(".to-end").count()) await page.click(".to-end");
}

const noise = (size) => Buffer.from(Uint8Array.from({ length: size }, (_, n) => (n * 2654435761) >>> 24));
const attach = (who, files) => who.page.setInputFiles(".composer input[type=file]", files);

/** Files, as if they came from elsewhere: dropped on the conversation, or pasted into the text. */
const bring = (who, how, files) =>
  who.page.evaluate(
    ([how, files]) => {
      const data = new DataTransfer();
      for (const { name, mimeType, base64 } of files) {
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        data.items.add(new File([bytes], name, { type: mimeType }));
      }
      if (how === "paste") {
        const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
        document.querySelector(".composer textarea").dispatchEvent(event);
        return;
      }
      const on = document.querySelector(".messages-scroll");
      for (const type of how === "over" ? ["dragenter", "dragover"] : ["dragenter", "dragover", "drop"])
        on.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    },
    [how, files.map(({ buffer, ...one }) => ({ ...one, base64: buffer.toString("base64") }))],
  );

/** Holds back what is uploaded, until it is called. */
async function slowly(who) {
  let free;
  const held = new Promise((resolve) => {
    free = resolve;
  });
  let pieces = 0;
  await who.page.route("**/api/v1/attachments/*", async (route) => {
    if (route.request().method() === "PATCH") {
      pieces += 1;
      if (pieces > 2) await held;
    }
    await route.continue().catch(() => undefined);
  });
  return async () => {
    free();
    await who.page.unroute("**/api/v1/attachments/*");
  };
}

test("a picture by the button: seen before it is sent, and nothing jumps", async () => {
  for (let n = 0; n < 12; n += 1) await say(bob, `Line ${n} of what was said before`);
  await sees(ada, "Line 11");
  await attach(ada, [{ name: "sunset.png", mimeType: "image/png", buffer: await painted(ada, 1200, 800, 12) }]);
  await ada.page.waitForSelector(".tray-file img");
  await ada.page.fill(".composer textarea", "The view from **our** base");
  await look(ada, "attach-tray");
  await ada.page.press(".composer textarea", "Enter");
  await ada.page.waitForSelector(".row:not(.is-pending) .picture img");
  assert.equal(await ada.page.locator(".tray-file").count(), 0);
  await bob.page.waitForSelector(".row:has-text('our base') .picture img");
  await bob.page.waitForFunction(() => document.querySelector(".picture img").naturalWidth > 0);
  const box = await bob.page.locator(".picture").boundingBox();
  assert.deepEqual([Math.round(box.width), Math.round(box.height)], [360, 240]);
  // Opened anew, the row is as high before the picture is there as it is afterwards.
  let free;
  const held = new Promise((resolve) => {
    free = resolve;
  });
  await bob.page.route("**/api/v1/attachments/**", async (route) => {
    await held;
    await route.continue();
  });
  await bob.page.reload();
  await bob.page.waitForSelector(".picture");
  const before = await bob.page.locator(".row:has(.picture)").boundingBox();
  free();
  await bob.page.waitForFunction(() => document.querySelector(".picture img")?.naturalWidth > 0);
  assert.deepEqual(await bob.page.locator(".row:has(.picture)").boundingBox(), before);
  await bob.page.unroute("**/api/v1/attachments/**");
  const shown = await bob.page.textContent(".conversation:has-text('Ada') .conversation-last");
  assert.match(shown, /The view from our base/);
});

test("several by drop, one by paste", async () => {
  const files = [
    { name: "north.png", mimeType: "image/png", buffer: await painted(ada, 400, 900, 140) },
    { name: "save game.zip", mimeType: "application/zip", buffer: noise(70_000) },
  ];
  await bring(ada, "over", files);
  await ada.page.waitForSelector(".drop-here");
  await look(ada, "attach-drop");
  await bring(ada, "drop", files);
  await ada.page.waitForSelector(".drop-here", { state: "detached" });
  await ada.page.waitForFunction(() => document.querySelectorAll(".tray-file").length === 2);
  await bring(ada, "paste", [
    { name: "image.png", mimeType: "image/png", buffer: await painted(ada, 300, 300, 260) },
    { name: "not this.txt", mimeType: "text/plain", buffer: Buffer.from("away with it") },
  ]);
  await ada.page.waitForFunction(() => document.querySelectorAll(".tray-file").length === 4);
  await ada.page.click("[aria-label='Do not send not this.txt']");
  await ada.page.click(".send");
  await bob.page.waitForFunction(() => document.querySelectorAll(".picture img").length === 3);
  await bob.page.waitForSelector(".file:has-text('save game.zip'):has-text('ZIP')");
  const [download] = await Promise.all([
    bob.page.waitForEvent("download"),
    bob.page.click(".file [aria-label^='Download save game.zip']"),
  ]);
  assert.equal(download.suggestedFilename(), "save game.zip");
  await look(bob, "attachments");
});

test("pictures are looked at, by the keyboard alone", async () => {
  const first = bob.page.locator(".picture").first();
  await first.focus();
  await bob.page.keyboard.press("Enter");
  await bob.page.waitForSelector(".lightbox img");
  await bob.page.waitForFunction(() => document.querySelector(".lightbox img")?.naturalWidth === 1200);
  assert.equal(await bob.page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Close");
  assert.match(await bob.page.textContent(".lightbox [role=status]"), /Picture 1 of 3/);
  await look(bob, "lightbox", { dark: false });
  await bob.page.keyboard.press("ArrowRight");
  await bob.page.waitForFunction(() => document.querySelector(".lightbox img")?.naturalHeight === 900);
  await bob.page.keyboard.press("End");
  await bob.page.waitForFunction(() =>
    document.querySelector(".lightbox [role=status]").textContent.includes("3 of 3"),
  );
  await bob.page.keyboard.press("Home");
  await bob.page.waitForFunction(() => document.querySelector(".lightbox img")?.naturalWidth === 1200);
  await bob.page.click(".lightbox [aria-label='Actual size']");
  await bob.page.waitForSelector(".lightbox-stage.is-large");
  assert.equal(Math.round((await bob.page.locator(".lightbox img").boundingBox()).width), 1200);
  await bob.page.keyboard.press("Escape");
  await bob.page.waitForSelector(".lightbox", { state: "detached" });
  assert.equal(await first.evaluate((one) => document.activeElement === one), true);
});

test("progress, cancelling, and what was written meanwhile", async () => {
  const free = await slowly(ada);
  await attach(ada, [{ name: "replay.bin", mimeType: "application/octet-stream", buffer: noise(3_000_000) }]);
  await ada.page.click(".send");
  await ada.page.waitForFunction(() => {
    const bar = document.querySelector(".upload progress");
    return bar && bar.value > 0 && bar.value < 1;
  });
  await say(ada, "A text does not wait for it");
  await sees(bob, "does not wait for it");
  await look(ada, "attach-progress");
  await ada.page.click(".upload .link");
  await ada.page.waitForSelector(".upload", { state: "detached" });
  await free();
  await say(ada, "Never mind the replay");
  await sees(bob, "Never mind");
  assert.equal(await bob.page.locator(".file:has-text('replay.bin')").count(), 0);
});

test("an upload goes on after the page was loaded again, and after the server was killed", async () => {
  const free = await slowly(ada);
  const files = [
    { name: "world.dat", mimeType: "application/octet-stream", buffer: noise(5_000_000) },
    { name: "cave.png", mimeType: "image/png", buffer: await painted(ada, 640, 400, 200) },
  ];
  await attach(ada, files);
  await ada.page.click(".send");
  await ada.page.waitForFunction(() => (document.querySelector(".upload progress")?.value ?? 0) > 0);
  const begun = await ada.page.evaluate(() => document.querySelector(".upload progress").value);
  await ada.page.reload();
  await ada.page.waitForSelector(".is-pending .file:has-text('world.dat')");
  await ada.page.waitForSelector(".is-pending .picture img");
  await server.stop("SIGKILL");
  await ada.page.waitForSelector(".connection-bar");
  assert.ok((await ada.page.evaluate(() => document.querySelector(".upload progress").value)) >= begun);
  await look(ada, "attach-waiting", { dark: false });
  await free();
  server = await startServer({ port: server.port, folder: server.folder, settings });
  await bob.page.waitForSelector(".file:has-text('world.dat')");
  await bob.page.waitForSelector(".row:not(.is-pending):nth-last-child(1 of .row:has(.picture)) .picture img");
  await ada.page.waitForSelector(".is-pending", { state: "detached" });
  const { messages } = await call(bob, "GET", `/chat/history?conversation_id=${id}&limit=10`);
  const sent = messages.filter((one) => one.extra?.name === "world.dat");
  assert.equal(sent.length, 1);
  assert.equal(sent[0].extra.size, 5_000_000);
});

test("what the server would not take is told before, what it does not take afterwards", async () => {
  await attach(ada, [{ name: "empty.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) }]);
  await ada.page.waitForSelector(".toast:has-text('empty.txt is empty')");
  await attach(ada, [
    { name: "setup.exe", mimeType: "application/vnd.microsoft.portable-executable", buffer: noise(10) },
  ]);
  await ada.page.waitForSelector(".toast:has-text('setup.exe')");
  // A file of 41 MiB is not made of 41 MiB here: its size alone counts.
  await ada.page.evaluate(() => {
    const file = new File(["x"], "film.mkv", { type: "video/x-matroska" });
    Object.defineProperty(file, "size", { value: 41 * 2 ** 20 });
    const data = new DataTransfer();
    data.items.add(new File(["x"], "x"));
    const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
    Object.defineProperty(event, "clipboardData", { value: { files: [file], types: ["Files"] } });
    document.querySelector(".composer textarea").dispatchEvent(event);
  });
  await ada.page.waitForSelector(".toast:has-text('film.mkv is too large')");
  assert.equal(await ada.page.locator(".tray-file").count(), 0);
  // A program by another name: the server looks into it.
  const program = Buffer.concat([Buffer.from("MZ"), noise(500)]);
  program.writeUInt32LE(0x80, 0x3c);
  program.write("PE\0\0", 0x80, "latin1");
  await attach(ada, [{ name: "notes.txt", mimeType: "text/plain", buffer: program }]);
  await ada.page.click(".send");
  await ada.page.waitForSelector(".is-failed .failure");
  await look(ada, "attach-refused", { dark: false });
  await ada.page.click(".is-failed .link:has-text('Discard')");
  await ada.page.waitForSelector(".is-failed", { state: "detached" });
});

test("hostile files and names do nothing", async () => {
  let asked = false;
  for (const one of [ada, bob])
    one.page.on("dialog", (dialog) => {
      asked = true;
      void dialog.dismiss();
    });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>`;
  await attach(ada, [
    { name: "logo.svg", mimeType: "image/svg+xml", buffer: Buffer.from(svg) },
    { name: "page.html", mimeType: "text/html", buffer: Buffer.from("<script>alert(3)</script>") },
    { name: "cat\u202Egnp.exe", mimeType: "application/octet-stream", buffer: noise(40) },
    { name: `${"name".repeat(80)}<b onclick=alert(4)>.txt`, mimeType: "text/plain", buffer: Buffer.from("hello") },
    { name: "broken.png", mimeType: "image/png", buffer: Buffer.from("no picture at all") },
  ]);
  await ada.page.waitForFunction(() => document.querySelectorAll(".tray-file").length === 5);
  assert.equal(await ada.page.locator(".tray-file img").count(), 0);
  await ada.page.click(".send");
  await toEnd(bob);
  await bob.page.waitForSelector(".file:has-text('broken.png')");
  await bob.page.waitForSelector(".file:has-text('logo.svg')");
  assert.equal(await bob.page.locator(".file-name[title='catgnp.exe']").count(), 1);
  // What somebody says of a file without the server's knowledge.
  const odd = [
    { url: "javascript:alert(5)", name: "x" },
    { url: "https://example.invalid/spy.png", name: "a far picture", width: 1e9, height: -3 },
    { attachment_id: "../../../etc/passwd", name: { toString: 1 } },
    { width: "9".repeat(400), size: "x", content_type: ["video/mp4"] },
  ];
  for (const [n, extra] of odd.entries()) {
    const body = {
      conversation_id: id,
      client_msg_id: `odd-${n}`,
      kind: n === 3 ? "file" : "image",
      content: "",
      extra,
    };
    await call(ada, "POST", "/chat/messages", body).catch(() => undefined);
  }
  await bob.page.waitForSelector(".file a:has-text('a far picture')");
  assert.equal(await bob.page.locator(".file a[href^='javascript'], img[src*='example.invalid']").count(), 0);
  const [download] = await Promise.all([
    bob.page.waitForEvent("download"),
    bob.page.click("[aria-label^='Download logo.svg']"),
  ]);
  assert.equal(download.suggestedFilename(), "logo.svg");
  assert.equal(asked, false);
  const wide = await bob.page.evaluate(() => {
    const box = document.querySelector(".messages-scroll");
    return box.scrollWidth - box.clientWidth;
  });
  assert.ok(wide <= 0, `${wide} px wider than it may be`);
  await look(bob, "attachments-hostile", { dark: false });
});

test("a picture that is taken back is gone from the screen, also from a large one", async () => {
  await attach(ada, [{ name: "secret.png", mimeType: "image/png", buffer: await painted(ada, 500, 300, 320) }]);
  await ada.page.fill(".composer textarea", "not for long");
  await ada.page.click(".send");
  await toEnd(bob);
  await bob.page.click(".row:has-text('not for long') .picture");
  await bob.page.waitForSelector(".lightbox img");
  const { messages } = await call(ada, "GET", `/chat/history?conversation_id=${id}&limit=1`);
  await call(ada, "DELETE", `/chat/messages/${messages[0].message_id}?scope=all`);
  await bob.page.waitForSelector(".lightbox", { state: "detached" });
  await bob.page.waitForSelector(".gone");
});

test("on a phone", async () => {
  await bob.page.setViewportSize({ width: 390, height: 844 });
  await look(bob, "phone-attachments");
  await bob.page.locator(".picture").last().click();
  await bob.page.waitForSelector(".lightbox img");
  await look(bob, "phone-lightbox", { dark: false });
});

test("nothing complained", () => {
  assert.deepEqual([...ada.complaints, ...bob.complaints], []);
});
