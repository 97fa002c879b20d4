import assert from "node:assert/strict";
import { test } from "node:test";
import { markdown, plain } from "../src/lib/markdown.tsx";
import { onlyEmoji, tame, tameName } from "../src/lib/text.ts";

/** What would be drawn, written as tags. */
function drawn(node: unknown): string {
  if (node === null || node === undefined || typeof node === "boolean") return "";
  if (Array.isArray(node)) return node.map(drawn).join("");
  if (typeof node !== "object") return String(node);
  const { type, props } = node as { type: string; props: { children?: unknown; href?: string } };
  return `<${type}${props.href ? ` ${props.href}` : ""}>${drawn(props.children)}</${type}>`;
}
const marked = (text: string) => drawn(markdown(text, { mentions: new Map([["Ada", true]]) }));

test("the words that are marked", () => {
  assert.equal(
    marked("a **b** *c* _d_ ~~e~~ `f*g*`"),
    "a <strong>b</strong> <em>c</em> <em>d</em> <s>e</s> <code>f*g*</code>",
  );
  assert.equal(marked("snake_case_name 2*3*4"), "snake_case_name 2<em>3</em>4");
  assert.equal(marked("- a\n- b"), "<ul><li>a</li><li>b</li></ul>");
  assert.equal(marked("```\n<b>*x*\n```"), "<pre><code><b>*x*</code></pre>");
  assert.equal(marked("hi @Ada!"), "hi <span>@Ada</span>!");
});

test("links lead to the web alone", () => {
  assert.match(
    marked("see https://example.org/a?b=1."),
    /^see <a https:\/\/example.org\/a\?b=1>https:\/\/example.org\/a\?b=1<\/a>\.$/,
  );
  for (const bad of ["[x](javascript:alert(1))", "[x](data:text/html,x)", "[x](vbscript:x)", "[x]( java\nscript:x)"])
    assert.ok(!marked(bad).includes("<a "), bad);
  assert.ok(marked("[bank](https://evil.example)").includes("(evil.example)"));
});

test("no text takes long", () => {
  for (const piece of ["*", "_", "**a", "[", "[a](", "`", "> ", "- ", "https://", "~~", "@Ada", "**_~~"]) {
    const begun = performance.now();
    marked(piece.repeat(Math.floor(8192 / piece.length)));
    assert.ok(performance.now() - begun < 2000, piece);
  }
});

test("text of strangers stays in its place", () => {
  assert.equal(tame("a\u202Eb\u2066c\u0000"), "abc");
  assert.ok(tame(`Z${"\u0301".repeat(10_000)}`).length < 10);
  assert.equal(tame("e\u0301"), "e\u0301");
  assert.equal(tameName(" \u202E\n "), "…");
  assert.ok(onlyEmoji("🎉👍🏽 ❤️") && !onlyEmoji("12") && !onlyEmoji("a🎉"));
});

test("a message on one line is as it reads", () => {
  assert.equal(plain("**bold** and _thin_ `code`"), "bold and thin code");
  assert.equal(plain("> what you said\nmy answer"), "my answer");
  assert.equal(plain("> what you said\nmy answer", true), "what you said my answer");
  assert.equal(plain("> only a quote"), "only a quote");
  assert.equal(plain("- one\n- two"), "one two");
  assert.equal(plain("see [the map](https://example.org/map) **cut in the mid"), "see the map cut in the mid");
});
