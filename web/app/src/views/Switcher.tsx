import { singleId } from "@netherlink/client";
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { navigate } from "../lib/router.ts";
import { conversations, friends, me, nameOf, offered, titleOf } from "../state/app.ts";
import { pageOf } from "../state/places.ts";
import { searching } from "../state/search.ts";
import { Icon, type IconName } from "../ui/icons.tsx";
import { Dialog } from "../ui/parts.tsx";

const open = signal(false);
export const openSwitcher = () => {
  open.value = true;
};

const help = signal(false);
export const openShortcuts = () => {
  help.value = true;
};

interface Goal {
  title: string;
  icon: IconName;
  to: string;
  unread?: number;
}

function goals(): Goal[] {
  const all: Goal[] = conversations.value.map((one) => ({
    title: titleOf(one, one.conversation_id),
    icon: one.kind === "world" ? "globe" : one.kind === "single" ? "user" : one.kind === "room" ? "rooms" : "friends",
    to: pageOf(one),
    unread: one.unread,
  }));
  const known = new Set(all.map((one) => one.to));
  for (const { user } of friends.value ?? []) {
    const to = `/c/${singleId(user.id, me.value?.id ?? "")}`;
    if (!known.has(to)) all.push({ title: nameOf(user.id), icon: "user", to });
  }
  const pages: Goal[] = [
    { title: t("friends"), icon: "friends", to: "/friends" },
    ...(offered("rooms") ? [{ title: t("rooms"), icon: "rooms" as const, to: "/rooms" }] : []),
    { title: t("settings"), icon: "settings", to: "/settings" },
    { title: t("appearance"), icon: "sun", to: "/settings/appearance" },
    { title: t("privacy"), icon: "lock", to: "/settings/privacy" },
    { title: t("sessions"), icon: "device", to: "/settings/sessions" },
  ];
  return [...all, ...pages];
}

/** Letters of the query in their order, the closer together the better; lower is better, null is not at all. */
export function score(title: string, query: string): number | null {
  const text = title.toLowerCase();
  const straight = text.indexOf(query);
  if (straight >= 0) return straight;
  let at = -1;
  let spread = 100;
  for (const letter of query) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return null;
    spread += next - at;
    at = next;
  }
  return spread;
}

export function SwitcherHost() {
  if (help.value) return <Shortcuts />;
  return open.value ? <Switcher /> : null;
}

function Switcher() {
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const wanted = query.trim().toLowerCase();
  const shown = goals()
    .map((goal) => ({ goal, rank: wanted ? score(goal.title, wanted) : goal.unread ? -1 : 0 }))
    .filter((one): one is { goal: Goal; rank: number } => one.rank !== null)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, 12);
  const close = () => {
    open.value = false;
  };
  const go = (goal: Goal | undefined) => {
    if (!goal) return;
    close();
    navigate(goal.to);
  };
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <Dialog title={t("jump to")} onClose={close} bare>
      <div class="switcher">
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="switcher-list"
          aria-activedescendant={shown[chosen] ? `goal-${chosen}` : undefined}
          aria-label={t("jump to")}
          placeholder={t("jump to")}
          autofocus
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setChosen(0);
          }}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown") setChosen(Math.min(chosen + 1, shown.length - 1));
            else if (event.key === "ArrowUp") setChosen(Math.max(chosen - 1, 0));
            else if (event.key === "Enter") go(shown[chosen]?.goal);
            else return;
            event.preventDefault();
          }}
        />
        <ul ref={list} id="switcher-list" role="listbox" aria-label={t("jump to")}>
          {shown.map(({ goal }, n) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the text field has the keys
            <li
              key={goal.to}
              tabIndex={-1}
              id={`goal-${n}`}
              role="option"
              aria-selected={n === chosen}
              onMouseMove={() => setChosen(n)}
              onClick={() => go(goal)}
            >
              <Icon name={goal.icon} size={18} />
              <bdi>{goal.title}</bdi>
              {goal.unread ? <span class="badge">{goal.unread > 99 ? "99+" : goal.unread}</span> : null}
            </li>
          ))}
        </ul>
        {shown.length === 0 && <p class="quiet">{t("nothing found")}</p>}
      </div>
    </Dialog>
  );
}

const mac = /Mac|iPhone|iPad/.test(navigator.userAgent);
const mod = mac ? "⌘" : "Ctrl";

function Shortcuts() {
  const rows: [string[], string][] = [
    [[mod, "K"], t("key switcher")],
    ...(offered("search") ? [[[mod, "Shift", "F"], t("search messages")] as [string[], string]] : []),
    [[mod, "/"], t("key shortcuts")],
    [["Alt", "↑ ↓"], t("key next")],
    [["Alt", "Shift", "↓"], t("key unread")],
    [["Enter"], t("key send")],
    [["Shift", "Enter"], t("key newline")],
    [["↑"], t("key edit last")],
    [["Tab", "↑ ↓"], t("key move")],
    [["R"], t("key reply")],
    [["+"], t("key react")],
    [["Esc"], t("key escape")],
  ];
  return (
    <Dialog title={t("shortcuts")} onClose={() => (help.value = false)}>
      <dl class="shortcuts">
        {rows.map(([keys, what]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

/** The keys that work everywhere. */
export function globalKeys(current: () => string | null): void {
  window.addEventListener("keydown", (event) => {
    if (!me.peek()) return;
    const modified = mac ? event.metaKey : event.ctrlKey;
    if (modified && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open.value = !open.value;
    } else if (modified && event.shiftKey && event.key.toLowerCase() === "f" && offered("search")) {
      event.preventDefault();
      searching.value = current() ?? "";
    } else if (modified && event.key === "/") {
      event.preventDefault();
      help.value = !help.value;
    } else if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const all = conversations
        .peek()
        .filter((one) => !event.shiftKey || one.unread > 0 || one.conversation_id === current());
      const at = all.findIndex((one) => one.conversation_id === current());
      const next =
        all[
          (at + (event.key === "ArrowDown" ? 1 : all.length - 1) + (at < 0 && event.key === "ArrowUp" ? 1 : 0)) %
            Math.max(1, all.length)
        ];
      if (next) navigate(pageOf(next));
    }
  });
}
