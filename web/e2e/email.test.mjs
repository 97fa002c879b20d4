// An address is confirmed and a forgotten password is set anew, by mails of a real mail server, in both languages; and
// nothing of it is shown where no mail is sent.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { look, password, person, signUp } from "./people.mjs";
import { startServer } from "./server.mjs";
import { codeIn, linkIn, startMail } from "./smtp.mjs";

let mail, server, plain, browser, ada;
const address = "ada@mail.example";
const next = "a quite different battery";

before(async () => {
  mail = await startMail();
  server = await startServer({ settings: mail.settings("https://play.example") });
  plain = await startServer();
  browser = await launch();
  ada = await person(browser, server.url);
});
after(async () => {
  await browser?.close();
  for (const one of [server, plain]) {
    await one?.stop();
    one?.remove();
  }
  await mail?.stop();
});

const at = (who, path) => who.page.goto(`${who.url}${path}`);
const signIn = async (who, name, secret) => {
  await at(who, "/sign-in");
  await who.page.fill("[name=username]", name);
  await who.page.fill("[name=password]", secret);
  await who.page.click("[type=submit]");
};

test("signing up with an address, which waits in the settings", async () => {
  await at(ada, "/sign-up");
  await ada.page.fill("[name=email]", address);
  await look(ada, "email-sign-up");
  await ada.page.fill("[name=username]", "ada");
  await ada.page.fill("[name=password]", password);
  await ada.page.click("[type=submit]");
  await ada.page.waitForSelector(".rail");
  await at(ada, "/settings/account");
  await ada.page.waitForSelector(".email-settings .tag:has-text('waits to be confirmed')");
  await look(ada, "email-settings-waits");
  await mail.wait(address);
  await ada.page.click("button:has-text('Send the mail again')");
  await ada.page.waitForSelector("text=A mail is on its way");
  await mail.wait(address, 1);
});

test("confirming it with the link, which asks first and leaves no code behind", async () => {
  const first = await mail.wait(address);
  assert.equal(first.subject, "Confirm your e-mail address");
  await at(ada, linkIn(first));
  await ada.page.waitForFunction(() => document.querySelector("[name=code]")?.value.length === 24);
  assert.equal(await ada.page.evaluate(() => location.hash), "");
  await look(ada, "email-verify");
  await ada.page.click("[type=submit]");
  await ada.page.waitForSelector("h1:has-text('Your address is confirmed')");
  await look(ada, "email-verified");
  await ada.page.click("a:has-text('Continue')");
  await ada.page.waitForSelector(".rail");
  await at(ada, "/settings/account");
  await ada.page.waitForSelector(".email-settings .tag:has-text('confirmed')");
  await look(ada, "email-settings-confirmed");
  // Once.
  await at(ada, linkIn(first));
  await ada.page.click("[type=submit]");
  await ada.page.waitForSelector(".field-error:has-text('This code is wrong')");
});

test("a forgotten password, on another device", async () => {
  await at(ada, "/settings/account");
  await ada.page.waitForSelector(".email-settings");
  const lost = await person(browser, server.url);
  await at(lost, "/sign-in");
  await lost.page.click("a:has-text('Forgotten your password?')");
  await lost.page.waitForSelector("[name=email]");
  await look(lost, "email-forgotten");
  // Nobody is told whether there is anybody.
  await lost.page.fill("[name=email]", "nobody@mail.example");
  await lost.page.click("[type=submit]");
  await lost.page.waitForSelector("[role=status]:has-text('nobody@mail.example')");
  await at(lost, "/forgotten-password");
  await lost.page.fill("[name=email]", address);
  await lost.page.click("[type=submit]");
  await lost.page.waitForSelector("[role=status]");
  await look(lost, "email-code-sent");
  const letter = await mail.wait(address, 2);
  assert.deepEqual(mail.mails("nobody@mail.example"), []);

  await lost.page.click("a:has-text('I have a code')");
  await lost.page.fill("[name=code]", codeIn(letter).toLowerCase());
  await lost.page.fill("[name=password]", "12345678");
  await lost.page.click("[type=submit]");
  await lost.page.waitForSelector(".field-error");
  await look(lost, "email-reset");
  await lost.page.fill("[name=password]", next);
  await lost.page.click("[type=submit]");
  await lost.page.waitForSelector("text=Your new password is in force");
  // Where one was signed in, one is not any more.
  await ada.page.waitForSelector("h1:has-text('Welcome back')");
  await signIn(lost, address, next);
  await lost.page.waitForSelector(".rail");
  assert.deepEqual(lost.complaints, []);
  await lost.context.close();
});

test("another address, in Chinese", async () => {
  const li = await person(browser, server.url, { locale: "zh-CN" });
  await signIn(li, "ada", next);
  await li.page.waitForSelector(".rail");
  await at(li, "/settings/account");
  await li.page.click("button:has-text('更改邮箱地址')");
  await li.page.fill("[name=email]", "second@mail.example");
  await li.page.fill("[name=email-password]", "wrong");
  await li.page.click(".email-settings [type=submit]");
  await li.page.waitForSelector(".email-settings .notice-error");
  await look(li, "email-settings-zh");
  await li.page.fill("[name=email-password]", next);
  await li.page.click(".email-settings [type=submit]");
  await li.page.waitForSelector(".email-settings .tag:has-text('等待确认')");
  const letter = await mail.wait("second@mail.example");
  assert.equal(letter.subject, "确认你的电子邮箱地址");
  assert.equal((await mail.wait(address, 4)).subject, "你的邮箱地址正在更改");
  await li.page.click("a:has-text('我有验证码')");
  await li.page.fill("[name=code]", codeIn(letter));
  await look(li, "email-verify-zh");
  await li.page.click("[type=submit]");
  await li.page.waitForSelector("h1:has-text('邮箱地址已确认')");
  await at(li, "/settings/account");
  await li.page.waitForSelector(".email-line:has-text('second@mail.example')");
  await li.page.click("button:has-text('移除邮箱地址')");
  await li.page.fill("dialog [type=password]", next);
  await look(li, "email-remove-zh");
  await li.page.click("dialog [type=submit]");
  await li.page.waitForSelector(".email-settings:has-text('还没有邮箱地址')");
  assert.deepEqual(li.complaints, []);
  await li.context.close();
});

test("a phone", async () => {
  const small = await person(browser, server.url, { viewport: { width: 390, height: 844 } });
  for (const path of ["forgotten-password", "reset-password", "verify-email"]) {
    await at(small, `/${path}`);
    await small.page.waitForSelector("form [type=submit]");
    await look(small, `email-phone-${path}`, { dark: false });
  }
  await small.context.close();
});

test("the mails themselves", async () => {
  const reader = await person(browser, server.url, { viewport: { width: 700, height: 700 } });
  for (const [name, letter] of [
    ["verify", await mail.wait(address)],
    ["reset", await mail.wait(address, 2)],
    ["verify-zh", await mail.wait("second@mail.example")],
  ]) {
    await reader.page.setContent(letter.html);
    await look(reader, `email-letter-${name}`, { dark: false });
  }
  await reader.context.close();
});

test("nothing of it where no mail is sent", async () => {
  const bob = await person(browser, plain.url);
  await at(bob, "/sign-in");
  await bob.page.waitForSelector("[name=password]");
  assert.equal(await bob.page.locator("text=Forgotten your password?").count(), 0);
  await at(bob, "/sign-up");
  await bob.page.waitForSelector("[name=nickname]");
  assert.equal(await bob.page.locator("[name=email]").count(), 0);
  await at(bob, "/forgotten-password");
  await bob.page.waitForSelector("h1:has-text('This server sends no mail')");
  await look(bob, "email-off", { dark: false });
  await signUp(bob, "bob", "Bob");
  await at(bob, "/settings/account");
  await bob.page.waitForSelector(".danger-zone");
  assert.equal(await bob.page.locator(".email-settings").count(), 0);
  assert.deepEqual(bob.complaints, []);
});
