import type { ComponentChildren, JSX } from "preact";

// A small part of Markdown, made into elements and never into HTML text: bold, italic, struck, code, quotes, lists, links to
// http, https and mailto. Every step goes forward, so that no text takes more than linear time.

const linkAt = /https?:\/\/[^\s<>"'`]+/y;
const trailing = /[.,:;!?)\]}'"。，！？）]+$/;

function safe(href: string): string | null {
  try {
    const url = new URL(href);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

const anchor = (href: string, children: ComponentChildren): JSX.Element => (
  <a href={href} target="_blank" rel="noopener noreferrer nofollow ugc">
    {children}
  </a>
);

export interface Marked {
  /** `@name` of people who are mentioned, with whether that is oneself. */
  mentions: Map<string, boolean>;
}

const pairs: [string, (inner: ComponentChildren) => JSX.Element][] = [
  ["**", (inner) => <strong>{inner}</strong>],
  ["~~", (inner) => <s>{inner}</s>],
  ["*", (inner) => <em>{inner}</em>],
  ["_", (inner) => <em>{inner}</em>],
];

function inline(text: string, marked: Marked, depth = 0): ComponentChildren[] {
  const out: ComponentChildren[] = [];
  let plain = "";
  const flush = () => {
    if (plain) out.push(plain);
    plain = "";
  };
  let at = 0;
  scan: while (at < text.length) {
    const c = text[at] as string;
    if (c === "`") {
      const end = text.indexOf("`", at + 1);
      if (end > at + 1) {
        flush();
        out.push(<code>{text.slice(at + 1, end)}</code>);
        at = end + 1;
        continue;
      }
    }
    if (c === "h") {
      linkAt.lastIndex = at;
      const match = linkAt.exec(text)?.[0].replace(trailing, "");
      const href = match && safe(match);
      if (match && href) {
        flush();
        out.push(anchor(href, match));
        at += match.length;
        continue;
      }
    }
    if (c === "[") {
      const close = text.indexOf("](", at);
      const end = close > 0 && close - at < 300 ? text.indexOf(")", close) : -1;
      const href = end > 0 && end - close < 2000 ? safe(text.slice(close + 2, end)) : null;
      if (href) {
        const label = text.slice(at + 1, close);
        flush();
        // Where it leads is always to be seen: a label that looks like another address is not believed.
        out.push(anchor(href, label), <span class="link-host"> ({new URL(href).host || "mailto"})</span>);
        at = end + 1;
        continue;
      }
    }
    if (c === "@" && marked.mentions.size > 0) {
      for (const [name, self] of marked.mentions) {
        if (text.startsWith(name, at + 1)) {
          flush();
          out.push(<span class={self ? "mention mention-self" : "mention"}>@{name}</span>);
          at += name.length + 1;
          continue scan;
        }
      }
    }
    if (depth < 4) {
      for (const [mark, make] of pairs) {
        if (!text.startsWith(mark, at)) continue;
        const before = text[at - 1];
        const next = text[at + mark.length];
        if (!next || /\s/.test(next) || (mark === "_" && before && /[\p{L}\p{N}]/u.test(before))) continue;
        const end = text.indexOf(mark, at + mark.length);
        if (end < 0 || end === at + mark.length || end - at > 2000 || /\s/.test(text[end - 1] as string)) continue;
        const after = text[end + mark.length];
        if (mark === "_" && after && /[\p{L}\p{N}]/u.test(after)) continue;
        flush();
        out.push(make(inline(text.slice(at + mark.length, end), marked, depth + 1)));
        at = end + mark.length;
        continue scan;
      }
    }
    plain += c;
    at += 1;
  }
  flush();
  return out;
}

/** The text of a message on one line, as it reads and not as it was typed; what it quotes itself only with `whole`. */
export function plain(text: string, whole = false): string {
  const words: string[] = [];
  const walk = (node: ComponentChildren): void => {
    if (typeof node === "string") words.push(node);
    else if (Array.isArray(node)) node.forEach(walk);
    else if (node && typeof node === "object" && "props" in node) {
      const { type, props } = node as JSX.Element;
      if ((type === "blockquote" && !whole) || (props as { class?: string }).class === "link-host") return;
      if (type === "br" || type === "li") words.push(" ");
      walk((props as { children?: ComponentChildren }).children);
    }
  };
  walk(markdown(whole ? text : text.slice(0, 1000), { mentions: new Map() }));
  // Marks without an end: the text may have been cut.
  const line = (all: string) =>
    all
      .replace(/\*\*|~~|```/g, "")
      .replace(/\s+/g, " ")
      .trim();
  return line(words.join("")) || line(text.replace(/^> ?/gm, ""));
}

export function markdown(text: string, marked: Marked): ComponentChildren[] {
  const out: ComponentChildren[] = [];
  const lines = text.split("\n");
  for (let n = 0; n < lines.length; n += 1) {
    const line = lines[n] as string;
    if (line.startsWith("```")) {
      const end = lines.findIndex((other, m) => m > n && other.startsWith("```"));
      if (end > n) {
        out.push(
          <pre>
            <code>{lines.slice(n + 1, end).join("\n")}</code>
          </pre>,
        );
        n = end;
        continue;
      }
    }
    const take = (mark: RegExp) => {
      const taken: string[] = [];
      while (n < lines.length && mark.test(lines[n] as string)) taken.push((lines[n++] as string).replace(mark, ""));
      n -= 1;
      return taken;
    };
    if (/^> ?/.test(line)) {
      const quoted = take(/^> ?/);
      out.push(<blockquote>{quoted.map((one) => [inline(one, marked), <br />])}</blockquote>);
    } else if (/^[-*] +\S/.test(line)) {
      out.push(
        <ul>
          {take(/^[-*] +(?=\S)/).map((one) => (
            <li>{inline(one, marked)}</li>
          ))}
        </ul>,
      );
    } else {
      out.push(inline(line, marked));
      const next = lines[n + 1];
      if (next !== undefined && !/^(```|> ?|[-*] +\S)/.test(next)) out.push("\n");
    }
  }
  return out;
}
