import { type Conversation, type Message, otherOf } from "@netherlink/client";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ago, explain, t } from "../i18n/index.ts";
import { navigate } from "../lib/router.ts";
import { tame } from "../lib/text.ts";
import {
  attempt,
  client,
  conversations,
  isBlocked,
  me,
  nameOf,
  offered,
  presence,
  receipts,
  titleOf,
  toast,
  typing,
  userOf,
} from "../state/app.ts";
import { groupOf } from "../state/places.ts";
import { goal, searching } from "../state/search.ts";
import { Icon } from "../ui/icons.tsx";
import { type MenuItem, openMenu } from "../ui/overlays.tsx";
import { IconButton } from "../ui/parts.tsx";
import { Composer, type Mode } from "./Composer.tsx";
import { ConversationAvatar, conversationMenu } from "./Conversations.tsx";
import { Heard } from "./Heard.tsx";
import { type ListHandle, MessageList } from "./MessageList.tsx";
import { openProfile, profileMenu } from "./Profile.tsx";
import { DropZone } from "./Tray.tsx";

function Presence({ id }: { id: string }) {
  const now = presence.value.get(id);
  if (!now) return null;
  return (
    <span class="chat-about">
      {now.online ? t("online") : now.last_seen ? t("last seen", ago(now.last_seen)) : t("away")}
    </span>
  );
}

function Typing({ id }: { id: string }) {
  const names = [...(typing.value.get(id)?.keys() ?? [])].map(nameOf);
  if (names.length === 0) return null;
  return (
    <span class="typing">
      <i />
      <i />
      <i />
      {names.length === 1
        ? t("typing one", names[0] as string)
        : names.length === 2
          ? t("typing two", names[0] as string, names[1] as string)
          : t("typing many")}
    </span>
  );
}

const placeMenu = (conversation: Conversation): MenuItem[] =>
  conversation.kind === "group"
    ? [{ label: t("group settings"), icon: "friends", run: () => navigate(`/group/${conversation.target_id}`) }]
    : [];

/** What admins want everybody to know, until one has seen it: each is folded away once. */
function Announcement({ id, text }: { id: string; text: string }) {
  const key = `netherlink.announcement.${id}`;
  const [seen, setSeen] = useState(localStorage.getItem(key));
  if (!text || seen === text) return null;
  return (
    <div class="pinned-note" role="note" aria-label={t("announcement")}>
      <Icon name="pin" size={16} />
      <p dir="auto">{tame(text)}</p>
      <IconButton
        icon="close"
        size={16}
        label={`${t("close")}: ${t("announcement")}`}
        onClick={() => {
          localStorage.setItem(key, text);
          setSeen(text);
        }}
      />
    </div>
  );
}

/** One conversation. It is made anew for each: `key` is its id. */
export function Chat({ id, embedded }: { id: string; embedded?: boolean }) {
  const timeline = useMemo(() => client.timeline(id), [id]);
  const conversation = conversations.value.find((one) => one.conversation_id === id);
  const other = otherOf(id, me.value?.id ?? "");
  const groupId = conversation?.kind === "group" ? conversation.target_id : null;
  const group = groupId ? groupOf(groupId) : undefined;
  const title = titleOf(conversation, id);
  const [mode, setMode] = useState<Mode>({ kind: "new" });
  const handle = useRef<ListHandle | null>(null);
  // Where reading goes on, as it was when one came: it does not move while one reads.
  const unreadFrom = useRef<number | null>(null);
  if (unreadFrom.current === null && conversation)
    unreadFrom.current = conversation.unread > 0 ? conversation.read_seq + 1 : 0;

  useEffect(() => {
    if (!other) return;
    userOf(other);
    client.watch([other]);
    return () => client.watch([]);
  }, [other]);

  // How far the other one has read: told from now on, asked for what was before.
  useEffect(() => {
    if (!other || client.receipts.has(id)) return;
    const stop = timeline.events.on("change", () => {
      for (let seq = timeline.last; seq > timeline.last - 20; seq -= 1) {
        const message = timeline.get(seq);
        if (message?.sender_id !== me.value?.id || !message) continue;
        stop();
        client.messageReceipts(message.message_id).then(
          ({ items }) => {
            const state = items.find((one) => one.user_id === other)?.state;
            if (!state) return;
            client.receipts.set(
              id,
              new Map([
                [other, { delivered_seq: seq, read_seq: state === "read" ? seq : 0 }],
                ...(client.receipts.get(id) ?? []),
              ]),
            );
            receipts.value += 1;
          },
          () => undefined,
        );
        return;
      }
    });
    timeline.changed();
    return stop;
  }, [id, other]);

  // What was found elsewhere is shown here.
  const wanted = goal.value?.conversation === id ? goal.value.seq : null;
  useEffect(() => {
    if (wanted === null) return;
    goal.value = null;
    handle.current?.jump(wanted);
  }, [wanted]);

  const search = () => {
    searching.value = id;
  };
  const actions = {
    reply: (message: Message) => setMode({ kind: "reply", message }),
    edit: (message: Message) => setMode({ kind: "edit", message }),
    jump: async (messageId: string) => {
      const message =
        timeline.find(messageId) ??
        (await attempt(() => client.call<Message>("GET", `/chat/messages/${messageId}`), explain));
      if (message) handle.current?.jump(message.seq);
    },
  };

  function editLast() {
    for (let seq = timeline.last; seq > timeline.last - 100; seq -= 1) {
      const message = timeline.get(seq);
      if (
        message?.sender_id === me.value?.id &&
        message?.kind === "text" &&
        (message.status === "normal" || message.status === "edited")
      ) {
        setMode({ kind: "edit", message });
        return;
      }
    }
  }

  const deleted = other ? userOf(other)?.deleted : false;
  const blocked = other ? isBlocked(other) : false;
  const fresh = conversation ?? {
    conversation_id: id,
    kind: other ? ("single" as const) : ("group" as const),
    target_id: other ?? null,
    name: title,
    last_seq: 0,
    revision: 0,
    read_seq: 0,
    delivered_seq: 0,
    unread: 0,
    last_message: null,
    pinned: false,
    muted: false,
    updated_at: new Date().toISOString(),
  };
  const intro = (
    <div class="intro">
      <ConversationAvatar conversation={fresh} size={64} />
      <h2>
        <bdi>{title}</bdi>
      </h2>
      <p>{other ? t("beginning single", title) : id === "world" ? t("world about") : t("beginning other", title)}</p>
      {timeline.synced && timeline.last === 0 && timeline.pending.length === 0 && (
        <p class="intro-hello">{t("say hello")}</p>
      )}
    </div>
  );

  return (
    <section class="chat" aria-label={title}>
      <Heard id={id} />
      {!embedded && (
        <header class="chat-head">
          <a class="icon-button only-phone" href="/" aria-label={t("back")}>
            ‹
          </a>
          <button
            type="button"
            class="plain chat-who"
            onClick={() => (other ? openProfile(other) : groupId && navigate(`/group/${groupId}`))}
            disabled={!other && !groupId}
          >
            <ConversationAvatar conversation={fresh} size={36} />
            <span>
              <h1>
                <bdi>{title}</bdi>
              </h1>
              {other ? (
                <Presence id={other} />
              ) : id === "world" ? (
                <span class="chat-about">{t("world about")}</span>
              ) : group ? (
                <span class="chat-about">{t("member count", group.member_count)}</span>
              ) : null}
            </span>
          </button>
          {conversation && offered("search") && (
            <IconButton icon="search" label={t("search messages")} onClick={search} />
          )}
          {conversation && (
            <IconButton
              icon="more"
              label={t("more")}
              onClick={(event) =>
                openMenu(event, title, [
                  ...(other ? profileMenu(other) : []),
                  ...placeMenu(conversation),
                  ...conversationMenu(conversation),
                ])
              }
            />
          )}
        </header>
      )}
      {group && <Announcement id={group.id} text={group.announcement} />}
      <DropZone id={id} title={title} open={!deleted && !blocked}>
        <MessageList
          timeline={timeline}
          unreadFrom={unreadFrom.current ?? 0}
          actions={actions}
          handle={handle}
          intro={intro}
          typing={<Typing id={id} />}
        />
        {deleted || blocked ? (
          <p class="composer-off">
            {t("not reachable")}{" "}
            {blocked && other && (
              <button
                type="button"
                class="link"
                onClick={() =>
                  void attempt(() => client.call("DELETE", `/blocks/${other}`), explain).then(() => toast(t("saved")))
                }
              >
                {t("unblock")}
              </button>
            )}
          </p>
        ) : (
          <Composer
            id={id}
            title={title}
            timeline={timeline}
            mode={mode}
            setMode={setMode}
            editLast={editLast}
            sent={() => handle.current?.toEnd()}
          />
        )}
      </DropZone>
    </section>
  );
}
