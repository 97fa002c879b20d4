import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/index.ts";

interface Open {
  target: Element;
  answer(emoji: string | null): void;
}

const columns = 8;
const open = signal<Open | null>(null);

/** Lets a person choose an emoji, near `target`. */
export function pickEmoji(target: Element): Promise<string | null> {
  open.value?.answer(null);
  return new Promise((resolve) => {
    open.value = {
      target,
      answer: (emoji) => {
        if (emoji) remember(emoji);
        open.value = null;
        resolve(emoji);
      },
    };
  });
}

const key = "netherlink.emoji";
const usual = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🔥", "👀"];

/** One row: what was chosen lately, filled up with what is chosen often. */
function recent(): string[] {
  let kept: unknown = [];
  try {
    kept = JSON.parse(localStorage.getItem(key) ?? "[]");
  } catch {
    // Not ours: as if there were none.
  }
  const own = Array.isArray(kept) ? kept.filter((one): one is string => typeof one === "string") : [];
  return [...new Set([...own, ...usual])].slice(0, columns);
}

function remember(emoji: string): void {
  try {
    localStorage.setItem(key, JSON.stringify([emoji, ...recent().filter((one) => one !== emoji)].slice(0, columns)));
  } catch {
    // Then the usual ones are offered again.
  }
}

type Table = typeof import("../lib/emoji.ts");

export function EmojiHost() {
  return open.value ? <Picker {...open.value} /> : null;
}

function Picker({ target, answer }: Open) {
  const ref = useRef<HTMLDivElement>(null);
  const [table, setTable] = useState<Table | null>(null);
  const [query, setQuery] = useState("");
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    let here = true;
    import("../lib/emoji.ts").then((module) => here && setTable(module));
    ref.current?.querySelector("input")?.focus();
    return () => {
      here = false;
      before?.focus?.({ preventScroll: true });
    };
  }, []);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const box = target.getBoundingClientRect();
    const { width, height } = element.getBoundingClientRect();
    const above = box.top - height - 8;
    // Beside what it was asked for: to the right of it where there is room.
    const left = box.left + width + 8 <= innerWidth ? box.left : box.right - width;
    element.style.left = `${Math.max(8, left)}px`;
    element.style.top = `${above > 8 ? above : Math.max(8, Math.min(box.bottom + 8, innerHeight - height - 8))}px`;
  }, [target]);
  const wanted = query.trim().toLowerCase();
  const shown = (table?.emoji ?? []).filter(([, words]) => !wanted || words.includes(wanted));
  function keys(event: KeyboardEvent) {
    const buttons = [...(ref.current?.querySelectorAll<HTMLElement>(".emoji-grid button") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const go = (to: number) =>
      (to < 0 ? ref.current?.querySelector("input") : buttons[Math.min(to, buttons.length - 1)])?.focus();
    if (event.key === "Escape") answer(null);
    else if (event.key === "ArrowDown") go(at < 0 ? 0 : at + columns);
    else if (event.key === "ArrowUp" && at >= 0) go(at - columns);
    else if (event.key === "ArrowRight" && at >= 0) go(at + 1);
    else if (event.key === "ArrowLeft" && at > 0) go(at - 1);
    else if (event.key === "Enter" && at < 0 && shown[0]) answer(shown[0][0]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  return (
    <>
      <div class="menu-back" onMouseDown={() => answer(null)} />
      <div ref={ref} class="emoji-picker" role="dialog" aria-label={t("emoji")} onKeyDown={keys}>
        <input
          type="search"
          placeholder={t("emoji search")}
          aria-label={t("emoji search")}
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
        <div class="emoji-grid">
          {!wanted && (
            <>
              {recent().map((emoji) => (
                <button
                  type="button"
                  key={emoji}
                  tabIndex={-1}
                  aria-label={`${table?.emoji.find(([one]) => one === emoji)?.[1].split(" ")[0] ?? emoji} (${t("recent")})`}
                  onClick={() => answer(emoji)}
                >
                  {emoji}
                </button>
              ))}
              <hr />
            </>
          )}
          {shown.map(([emoji, words]) => (
            <button
              type="button"
              key={emoji}
              tabIndex={-1}
              aria-label={words.split(" ")[0]}
              title={words.split(" ")[0]}
              onClick={() => answer(emoji)}
            >
              {emoji}
            </button>
          ))}
          {table && shown.length === 0 && <p>{t("no emoji")}</p>}
        </div>
      </div>
    </>
  );
}
