import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { route } from "../lib/router.ts";
import { client, incoming, link, me, offered, online, unreadTotal } from "../state/app.ts";
import { Icon, type IconName, Logo } from "../ui/icons.tsx";
import { Empty, UserAvatar } from "../ui/parts.tsx";
import { Chat } from "./Chat.tsx";
import { ConversationList } from "./Conversations.tsx";
import { Friends } from "./Friends.tsx";
import { Group } from "./Group.tsx";
import { Invite } from "./Invite.tsx";
import { Room, roomOf } from "./Room.tsx";
import { Rooms } from "./Rooms.tsx";
import { Settings } from "./Settings.tsx";

/** What the connection is like, once it has been bad for a moment: nobody needs to see a hiccup. */
function ConnectionBar() {
  const { phase, failures, retryAt } = link.value;
  const now = useSignal(Date.now());
  const shown = useSignal(false);
  const bad = phase === "waiting" || phase === "replaced" || (phase === "connecting" && failures > 0) || !online.value;
  useEffect(() => {
    if (!bad) {
      shown.value = false;
      return;
    }
    const late = setTimeout(() => (shown.value = true), 600);
    const tick = setInterval(() => (now.value = Date.now()), 1000);
    return () => {
      clearTimeout(late);
      clearInterval(tick);
    };
  }, [bad]);
  if (!bad || !shown.value) return null;
  const seconds = retryAt ? Math.ceil((retryAt - now.value) / 1000) : 0;
  const text =
    phase === "replaced"
      ? t("replaced")
      : !online.value
        ? t("offline")
        : seconds > 1
          ? t("reconnecting in", seconds)
          : t("reconnecting");
  return (
    <div class="connection-bar" role="status">
      <span>{text}</span>
      {online.value && (
        <button
          type="button"
          class="link"
          onClick={() => (phase === "replaced" ? client.link.start() : client.link.wake())}
        >
          {phase === "replaced" ? t("use here") : t("connect now")}
        </button>
      )}
    </div>
  );
}

function RailLink({
  to,
  icon,
  label,
  count,
  current,
}: {
  to: string;
  icon: IconName;
  label: string;
  count?: number;
  current: boolean;
}) {
  return (
    <a href={to} class={current ? "rail-link is-current" : "rail-link"} aria-current={current ? "page" : undefined}>
      <Icon name={icon} size={22} />
      <span>{label}</span>
      {count ? (
        <span class="badge">
          {count > 99 ? "99+" : count}
          <span class="sr-only"> {t("unread messages", count)}</span>
        </span>
      ) : null}
    </a>
  );
}

function Main() {
  const { name, id } = route.value;
  switch (name) {
    case "conversation": {
      const room = roomOf(id);
      return room ? <Room key={room} id={room} /> : <Chat key={id} id={id} />;
    }
    case "friends":
      return <Friends />;
    case "rooms":
      return <Rooms />;
    case "room":
      return <Room key={id} id={id} />;
    case "group":
      return <Group key={id} id={id} />;
    case "invite":
      return <Invite key={id} code={id} />;
    case "settings":
      return <Settings section={id} />;
    case "home": {
      const [before, after] = t("pick chat about").split("{0}");
      return (
        <Empty icon="chat" title={t("pick chat")}>
          <p>
            {before}
            <kbd>Ctrl</kbd> <kbd>K</kbd>
            {after}
          </p>
        </Empty>
      );
    }
    default:
      return (
        <Empty icon="alert" page title={t("not found")}>
          <p>{t("not found about")}</p>
          <a class="button" href="/">
            {t("go home")}
          </a>
        </Empty>
      );
  }
}

const narrow = matchMedia("(max-width: 640px)");
const phone = signal(narrow.matches);
narrow.addEventListener("change", () => {
  phone.value = narrow.matches;
});

export function Shell() {
  const { name } = route.value;
  // One thing at a time on a phone: then the list is the page.
  const listOnly = phone.value && name === "home";
  const Pane = listOnly ? "main" : "aside";
  const chatting = name === "home" || name === "conversation";
  return (
    <div class={`shell${chatting ? " with-list" : ""} at-${name}`}>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("main")?.focus();
        }}
      >
        {t("skip to content")}
      </a>
      <nav class="rail" aria-label={t("navigation")}>
        <a class="rail-logo" href="/" aria-label="NetherLink">
          <Logo size={34} />
        </a>
        <RailLink to="/" icon="chat" label={t("chats")} count={unreadTotal.value} current={chatting} />
        <RailLink
          to="/friends"
          icon="friends"
          label={t("friends")}
          count={incoming.value.length}
          current={name === "friends"}
        />
        {offered("rooms") && (
          <RailLink to="/rooms" icon="rooms" label={t("rooms")} current={name === "rooms" || name === "room"} />
        )}
        <span class="rail-space" />
        <a
          href="/settings"
          class={name === "settings" ? "rail-link rail-me is-current" : "rail-link rail-me"}
          aria-current={name === "settings" ? "page" : undefined}
        >
          <UserAvatar id={me.value?.id ?? ""} size={30} />
          <span>{t("settings")}</span>
        </a>
      </nav>
      {chatting && (
        <Pane class="pane" aria-label={t("chats")} {...(listOnly ? { id: "main", tabIndex: -1 } : {})}>
          {listOnly && <ConnectionBar />}
          <ConversationList />
        </Pane>
      )}
      {!listOnly && (
        <main id="main" class="main" tabIndex={-1}>
          <ConnectionBar />
          <Main />
        </main>
      )}
    </div>
  );
}
