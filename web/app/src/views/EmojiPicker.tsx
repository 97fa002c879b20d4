import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/index.ts";

interface Open {
  target: Element;
  answer(emoji: string | null): void;
}

const open = signal<Open | null>(null);

/** Lets a person choose an emoji, near `target`. */
export function pickEmoji(target: Element): Promise<string | null> {
  open.value?.answer(null);
  return new Promise((resolve) => {
    open.value = {
      target,
      answer: (emoji) => {
        open.value = null;
        resolve(emoji);
      },
    };
  });
}

type Table = typeof import("../lib/emoji.ts");

export function EmojiHost() {
  return open.value ? <Picker {...open.value} /> : null;
}

const columns = 8;

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
    element.style.left = `${Math.max(8, Math.min(box.right - width, innerWidth - width - 8))}px`;
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
