import type { Message, Outgoing } from "@netherlink/client";
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { clock, day, exact, explain, sameDay, t } from "../i18n/index.ts";
import { markdown } from "../lib/markdown.tsx";
import { navigate } from "../lib/router.ts";
import { systemText } from "../lib/system.ts";
import { onlyEmoji, tame } from "../lib/text.ts";
import { attempt, client, config, link, me, nameOf, profiles, receipts } from "../state/app.ts";
import { groups } from "../state/places.ts";
import { Icon } from "../ui/icons.tsx";
import { confirm, copyText, type MenuItem, openMenu } from "../ui/overlays.tsx";
import { IconButton, UserAvatar } from "../ui/parts.tsx";
import { Attachment, extraOf, fileName, Quoted, Sending, save } from "./Attachment.tsx";
import { pickEmoji } from "./EmojiPicker.tsx";
import { openPicture } from "./Lightbox.tsx";
import type { ListActions } from "./MessageList.tsx";
import { openProfile } from "./Profile.tsx";
import { openReadBy } from "./ReadBy.tsx";

const together = 5 * 60_000;

function mentionsOf(ids: string[] | undefined): Map<string, boolean> {
  const names = new Map<string, boolean>();
  for (const id of ids ?? []) {
    const self = id === "all" || id === me.value?.id;
    names.set(id === "all" ? t("everyone") : nameOf(id), self);
    if (id === "all") names.set("all", true);
  }
  return names;
}

export function Content({ content, mentions }: { content: string; mentions?: string[] | undefined }) {
  const known = profiles.value;
  const body = useMemo(() => {
    const text = tame(content);
    return onlyEmoji(text) ? <span class="big-emoji">{text}</span> : markdown(text, { mentions: mentionsOf(mentions) });
  }, [content, mentions?.join(), known]);
  return (
    <div class="content" dir="auto">
      {body}
    </div>
  );
}

function Body({ message }: { message: Message }) {
  if (message.status === "recalled") return <p class="gone">{t("recalled")}</p>;
  if (message.status === "deleted") return <p class="gone">{t("deleted")}</p>;
  if (message.kind === "encrypted") return <p class="gone">{t("encrypted")}</p>;
  if (message.kind === "custom") return <p class="gone">{t("custom message")}</p>;
  const filed = message.kind === "image" || message.kind === "file";
  return (
    <>
      {filed && <Attachment message={message} />}
      {(!filed || message.content) && <Content content={message.content} mentions={message.mentions} />}
      {message.status === "edited" && (
        <span class="edited" title={message.edited_at ? exact(message.edited_at) : undefined}>
          ({t("edited")})
        </span>
      )}
    </>
  );
}

const toggle = (message: Message, emoji: string) => {
  const mine = message.reactions.find((one) => one.emoji === emoji)?.mine ?? false;
  void attempt(() => client.react(message.message_id, emoji, !mine), explain);
};

async function addReaction(message: Message, target: Element) {
  const emoji = await pickEmoji(target);
  if (emoji) toggle(message, emoji);
}

/** Admins of a group may take back what anybody wrote. */
const leadsAt = (conversationId: string) => {
  const group = groups.peek().get(/^group_(\d+)$/.exec(conversationId)?.[1] ?? "");
  return group !== undefined && group.my_role !== "member";
};

function menuOf(message: Message, actions: ListActions, target: Element): MenuItem[] {
  const mine = message.sender_id === me.value?.id;
  const there = message.status === "normal" || message.status === "edited";
  const items: MenuItem[] = [];
  if (there) {
    items.push({ label: t("reply"), icon: "reply", run: () => actions.reply(message) });
    items.push({ label: t("react"), icon: "smile", run: () => void addReaction(message, target) });
    if (message.content) items.push({ label: t("copy text"), icon: "copy", run: () => void copyText(message.content) });
    if (message.kind === "image" && extraOf(message).attachment_id)
      items.push({
        label: t("show picture", fileName(extraOf(message))),
        icon: "image",
        run: () => openPicture(message),
      });
    if (extraOf(message).attachment_id)
      items.push({ label: t("download"), icon: "download", run: () => void save(extraOf(message)) });
  }
  if (mine && there && message.kind === "text")
    items.push({ label: t("edit"), icon: "edit", run: () => actions.edit(message) });
  if (mine && there && !message.conversation_id.startsWith("single"))
    items.push({ label: t("seen by"), icon: "eye", run: () => openReadBy(message) });
  const seconds = config.value?.limits.recall_window ?? 120;
  const young = mine && Date.now() - new Date(message.sent_at).getTime() < seconds * 1000;
  if (there && (young || leadsAt(message.conversation_id))) {
    items.push({
      label: t("recall"),
      icon: "undo",
      danger: true,
      run: async () => {
        if (await confirm(t("recall"), t("recall about")))
          void attempt(() => client.recall(message.message_id), explain);
      },
    });
  }
  if (message.status !== "deleted") {
    items.push({
      label: t("remove"),
      icon: "trash",
      danger: true,
      run: async () => {
        if (await confirm(t("remove"), t("remove about")))
          void attempt(() => client.remove(message.message_id), explain);
      },
    });
  }
  return items;
}

/** How far others are with one's own message. */
function State({ message }: { message: Message }) {
  receipts.value;
  const people = [...(client.receipts.get(message.conversation_id)?.values() ?? [])];
  const read = people.filter((one) => one.read_seq >= message.seq).length;
  const delivered = people.some((one) => one.delivered_seq >= message.seq);
  const label =
    read > 0
      ? message.conversation_id.startsWith("single")
        ? t("read")
        : t("read by", read)
      : delivered
        ? t("delivered")
        : t("sent");
  return (
    <span class={read > 0 ? "state state-read" : "state"} title={label}>
      <Icon name={read > 0 || delivered ? "checks" : "check"} size={15} />
      <span class="sr-only">{label}</span>
    </span>
  );
}

function Line({
  id,
  sender,
  time,
  compact,
  mine,
  children,
  aside,
  quote,
}: {
  id?: string;
  sender: string;
  time: string | number;
  compact: boolean;
  mine: boolean;
  children: ComponentChildren;
  aside?: ComponentChildren;
  quote?: ComponentChildren;
}) {
  const date = new Date(time).toISOString();
  return (
    <div class={`line${compact ? " is-compact" : ""}${mine ? " is-mine" : ""}`} id={id}>
      {quote}
      <div class="line-side">
        {compact ? (
          <time class="line-clock" dateTime={date} title={exact(time)}>
            {clock(time)}
          </time>
        ) : (
          <button
            type="button"
            class="plain"
            tabIndex={-1}
            aria-label={nameOf(sender)}
            onClick={() => openProfile(sender)}
          >
            <UserAvatar id={sender} size={38} />
          </button>
        )}
      </div>
      <div class="line-main">
        {!compact && (
          <div class="line-head">
            <button type="button" class="plain sender" tabIndex={-1} onClick={() => openProfile(sender)}>
              <bdi>{nameOf(sender)}</bdi>
            </button>
            <time dateTime={date} title={exact(time)}>
              {clock(time)}
            </time>
          </div>
        )}
        {children}
      </div>
      <div class="line-aside">{aside}</div>
    </div>
  );
}

export function MessageRow({
  message,
  before,
  marked,
  actions,
  focusable,
  single,
}: {
  message: Message;
  before: Message | undefined;
  marked: boolean;
  actions: ListActions;
  focusable: boolean;
  single: boolean;
}) {
  const newDay = !before || !sameDay(before.sent_at, message.sent_at);
  const compact =
    !newDay &&
    !marked &&
    !message.reply_to &&
    before.sender_id === message.sender_id &&
    before.kind !== "system" &&
    new Date(message.sent_at).getTime() - new Date(before.sent_at).getTime() < together;
  const mine = message.sender_id === me.value?.id;
  const there = message.status === "normal" || message.status === "edited";
  const aimed = !mine && (message.mentions?.some((id) => id === "all" || id === me.value?.id) ?? false);
  // Its buttons are made when somebody comes near: in a storm they would cost more than the message.
  const [near, setNear] = useState(false);
  const come = () => setNear(true);

  function keys(event: KeyboardEvent) {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = event.currentTarget as HTMLElement;
    if (event.key === "Enter" || event.key === "ContextMenu")
      openMenu(event, t("message actions"), menuOf(message, actions, row));
    else if (event.key === "r" && there) actions.reply(message);
    else if (event.key === "e" && mine && there) actions.edit(message);
    else if (event.key === "+" && there) void addReaction(message, row);
    else return;
    event.preventDefault();
  }

  return (
    <div
      class={`row${aimed ? " is-aimed" : ""}`}
      role="listitem"
      data-seq={message.seq}
      tabIndex={focusable ? 0 : -1}
      aria-label={t("message from", nameOf(message.sender_id), clock(message.sent_at))}
      onKeyDown={keys}
      onPointerEnter={come}
      onFocusIn={come}
      onPointerLeave={(event) => {
        // A finger that is lifted has not gone away.
        if (event.pointerType !== "touch") setNear(false);
      }}
      onContextMenu={(event) => {
        if ((event.target as Element).closest("a, .content") && !getSelection()?.isCollapsed) return;
        openMenu(event, t("message actions"), menuOf(message, actions, event.currentTarget));
      }}
    >
      {newDay && (
        <div class="day">
          <span>{day(message.sent_at)}</span>
        </div>
      )}
      {marked && (
        <div class="new-line">
          <span>{t("new messages")}</span>
        </div>
      )}
      {message.kind === "system" ? (
        <p class="system-line">{systemText(message)}</p>
      ) : (
        <Line
          sender={message.sender_id}
          time={message.sent_at}
          compact={compact}
          mine={mine}
          quote={there && <Quoted message={message} jump={actions.jump} />}
          aside={
            mine && there && (single || client.receipts.has(message.conversation_id)) && <State message={message} />
          }
        >
          <Body message={message} />
          {message.reactions.length > 0 && (
            <div class="reactions">
              {message.reactions.map(({ emoji, count, mine: own }) => (
                <button
                  type="button"
                  key={emoji}
                  tabIndex={-1}
                  class={own ? "reaction is-mine" : "reaction"}
                  aria-pressed={own}
                  aria-label={t("reacted", count, tame(emoji))}
                  onClick={() => toggle(message, emoji)}
                >
                  <span class="reaction-emoji">{tame(emoji)}</span> {count}
                </button>
              ))}
            </div>
          )}
        </Line>
      )}
      {near && there && message.kind !== "system" && (
        <div class="actions">
          {["👍", "❤️", "😂"].map((emoji) => (
            <button
              type="button"
              key={emoji}
              class="icon-button"
              tabIndex={-1}
              aria-label={emoji}
              onClick={() => toggle(message, emoji)}
            >
              {emoji}
            </button>
          ))}
          <IconButton
            icon="smile"
            size={18}
            tabIndex={-1}
            label={t("react")}
            onClick={(event) => void addReaction(message, event.currentTarget as Element)}
          />
          <IconButton icon="reply" size={18} tabIndex={-1} label={t("reply")} onClick={() => actions.reply(message)} />
          <IconButton
            icon="more"
            size={18}
            tabIndex={-1}
            label={t("message actions")}
            onClick={(event) =>
              openMenu(event, t("message actions"), menuOf(message, actions, event.currentTarget as Element))
            }
          />
        </div>
      )}
    </div>
  );
}

/** `state` and `sent` are of the entry, which itself stays the same object. */
export function PendingRow({
  entry,
  state,
  sent,
  follows,
}: {
  entry: Outgoing;
  state: Outgoing["state"];
  sent: number;
  follows: boolean;
}) {
  const failed = state === "failed";
  const waiting = link.value.phase !== "online";
  const label = failed ? t("failed") : waiting ? t("waiting") : t("sending");
  return (
    <div class={`row is-pending${failed ? " is-failed" : ""}`} role="listitem">
      <Line
        sender={me.value?.id ?? ""}
        time={entry.created_at}
        compact={follows && !entry.reply_to}
        mine
        quote={<Quoted message={entry} />}
        aside={
          <span class={failed ? "state state-failed" : "state"} title={label}>
            <Icon name={failed ? "alert" : "clock"} size={15} />
            <span class="sr-only">{label}</span>
          </span>
        }
      >
        {entry.file && <Sending entry={entry} state={state} sent={sent} />}
        {(!entry.file || entry.content) && <Content content={entry.content} mentions={entry.mentions} />}
        {failed && (
          <p class="failure" role="alert">
            {t("failed about", explain({ code: entry.error }))}{" "}
            <button type="button" class="link" onClick={() => client.outbox.retry(entry.client_msg_id)}>
              {t("retry")}
            </button>
            <button type="button" class="link" onClick={() => client.outbox.discard(entry.client_msg_id)}>
              {t("discard")}
            </button>
          </p>
        )}
      </Line>
    </div>
  );
}

export const openConversation = (id: string) => navigate(`/c/${id}`);
