import { type Conversation, type Message, otherOf } from "@netherlink/client";
import { useSignal } from "@preact/signals";
import { exact, explain, t, when } from "../i18n/index.ts";
import { plain } from "../lib/markdown.tsx";
import { navigate, route } from "../lib/router.ts";
import { systemText } from "../lib/system.ts";
import { tame } from "../lib/text.ts";
import { attempt, client, conversations, me, nameOf, offered, presence, titleOf, typing } from "../state/app.ts";
import { drafts } from "../state/drafts.ts";
import { answerNotifications, askNotifications } from "../state/notify.ts";
import { pageOf } from "../state/places.ts";
import { searching } from "../state/search.ts";
import { Icon } from "../ui/icons.tsx";
import { openMenu } from "../ui/overlays.tsx";
import { Avatar, Empty, IconButton, UserAvatar } from "../ui/parts.tsx";
import { extraOf, fileName } from "./Attachment.tsx";
import { NewGroup } from "./GroupForms.tsx";
import { openSwitcher } from "./Switcher.tsx";

export function summary(conversation: Conversation): string {
  const last = conversation.last_message;
  if (!last) return "";
  if (last.kind === "system") return systemText(last);
  const mine = last.sender_id === me.value?.id;
  const who = mine ? `${t("you")}: ` : conversation.kind === "single" ? "" : `${nameOf(last.sender_id)}: `;
  if (last.status === "recalled") return who + t("recalled");
  if (last.status === "deleted") return t("deleted");
  if (last.kind === "encrypted") return who + t("encrypted");
  if (last.kind === "custom") return who + t("custom message");
  if (last.kind === "image" || last.kind === "file") return who + fileSummary(last);
  return who + plain(tame(last.content)).slice(0, 120);
}

/** What was written with it, else what it is. */
export const fileSummary = (message: Message): string =>
  plain(tame(message.content)).slice(0, 120) || (message.kind === "image" ? t("picture") : fileName(extraOf(message)));

export function ConversationAvatar({ conversation, size = 44 }: { conversation: Conversation; size?: number }) {
  const id = conversation.conversation_id;
  const other = otherOf(id, me.value?.id ?? "");
  if (other) return <UserAvatar id={other} size={size} showPresence />;
  if (id === "world") {
    return (
      <span class="avatar avatar-world" style={{ width: `${size}px`, height: `${size}px` }} aria-hidden="true">
        <Icon name="globe" size={size * 0.55} />
      </span>
    );
  }
  return <Avatar id={id} name={titleOf(conversation, id)} size={size} />;
}

export function conversationMenu(one: Conversation) {
  const id = one.conversation_id;
  const change = (what: { pinned?: boolean; muted?: boolean }) => () =>
    void attempt(() => client.changeConversation(id, what), explain);
  return [
    ...(one.unread > 0
      ? [{ label: t("mark read"), icon: "check" as const, run: () => client.read(id, one.last_seq) }]
      : []),
    { label: one.pinned ? t("unpin") : t("pin"), icon: "pin" as const, run: change({ pinned: !one.pinned }) },
    {
      label: one.muted ? t("unmute") : t("mute"),
      icon: (one.muted ? "bell" : "mute") as "bell" | "mute",
      run: change({ muted: !one.muted }),
    },
  ];
}

function Row({ one }: { one: Conversation }) {
  const id = one.conversation_id;
  const current = route.value.name === "conversation" && route.value.id === id;
  const title = titleOf(one, id);
  const typers = typing.value.get(id);
  const draft = current ? "" : (drafts.value.get(id) ?? "");
  const other = otherOf(id, me.value?.id ?? "");
  const there = other ? presence.value.get(other)?.online : false;
  const time = one.last_message?.sent_at ?? (one.last_seq > 0 ? one.updated_at : undefined);
  return (
    <li>
      <a
        href={pageOf(one)}
        class={`conversation${current ? " is-current" : ""}${one.unread ? " is-unread" : ""}${one.muted ? " is-muted" : ""}`}
        aria-current={current ? "page" : undefined}
        onContextMenu={(event) => openMenu(event, title, conversationMenu(one))}
      >
        <ConversationAvatar conversation={one} />
        <span class="conversation-text">
          <span class="conversation-top">
            <bdi class="conversation-name">{title}</bdi>
            {there && <span class="sr-only">{t("online")}</span>}
            {one.pinned && <Icon name="pin" size={13} />}
            {one.muted && <Icon name="mute" size={13} />}
            {time && (
              <time class="conversation-time" dateTime={time} title={exact(time)}>
                {when(time)}
              </time>
            )}
          </span>
          <span class="conversation-bottom">
            {typers?.size ? (
              <span class="conversation-last is-typing">
                {t("typing one", nameOf([...typers.keys()][0] as string))}
              </span>
            ) : draft ? (
              <span class="conversation-last">
                <em class="draft">{t("draft")}:</em> {tame(draft)}
              </span>
            ) : (
              <bdi class="conversation-last">{summary(one) || (id === "world" ? t("world about") : "")}</bdi>
            )}
            {one.unread > 0 && (
              <span class="badge" title={t("unread messages", one.unread)}>
                <span aria-hidden="true">{one.unread > 99 ? "99+" : one.unread}</span>
                <span class="sr-only">{t("unread messages", one.unread)}</span>
              </span>
            )}
          </span>
        </span>
      </a>
    </li>
  );
}

export function ConversationList() {
  const filter = useSignal("");
  const grouping = useSignal(false);
  const wanted = filter.value.trim().toLowerCase();
  const shown = wanted
    ? conversations.value.filter((one) => titleOf(one, one.conversation_id).toLowerCase().includes(wanted))
    : conversations.value;
  return (
    <>
      <header class="pane-head">
        <h1>{t("chats")}</h1>
        {offered("groups") && me.value?.guest !== true && (
          <IconButton
            icon="plus"
            label={t("new group")}
            onClick={() => {
              grouping.value = true;
            }}
          />
        )}
        <IconButton icon="userPlus" label={t("find people")} onClick={() => navigate("/friends")} />
        {offered("search") ? (
          <IconButton
            icon="search"
            label={t("search messages")}
            onClick={() => {
              searching.value = "";
            }}
          />
        ) : (
          <IconButton icon="search" label={t("jump to")} onClick={() => openSwitcher()} />
        )}
      </header>
      <div class="pane-search">
        <input
          type="search"
          placeholder={t("search chats")}
          aria-label={t("search chats")}
          value={filter.value}
          onInput={(event) => (filter.value = event.currentTarget.value)}
        />
      </div>
      {askNotifications.value && (
        <div class="ask" role="status">
          <Icon name="bell" />
          <p>{t("notify ask")}</p>
          <span>
            <button type="button" class="button button-small" onClick={() => answerNotifications(true)}>
              {t("turn on")}
            </button>
            <button type="button" class="button button-small button-quiet" onClick={() => answerNotifications(false)}>
              {t("not now")}
            </button>
          </span>
        </div>
      )}
      {shown.length > 0 ? (
        <ul class="conversations">
          {shown.map((one) => (
            <Row key={one.conversation_id} one={one} />
          ))}
        </ul>
      ) : wanted ? (
        <Empty icon="search" title={t("nothing found")} />
      ) : (
        <Empty icon="chat" title={t("no chats")}>
          <p>{t("no chats about")}</p>
        </Empty>
      )}
      {grouping.value && (
        <NewGroup
          onClose={() => {
            grouping.value = false;
          }}
        />
      )}
    </>
  );
}
