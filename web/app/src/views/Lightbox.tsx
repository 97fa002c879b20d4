import type { Message, Timeline } from "@netherlink/client";
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { bytes, clock, day, t } from "../i18n/index.ts";
import { plain } from "../lib/markdown.tsx";
import { navigate } from "../lib/router.ts";
import { tame } from "../lib/text.ts";
import { client, conversations, nameOf } from "../state/app.ts";
import { ownPicture } from "../state/files.ts";
import { pageOf } from "../state/places.ts";
import { goal } from "../state/search.ts";
import { Icon } from "../ui/icons.tsx";
import { Dialog, IconButton } from "../ui/parts.tsx";
import { extraOf, fileName, save, useFile } from "./Attachment.tsx";

const shown = signal<Message | null>(null);

export const openPicture = (message: Message): void => {
  shown.value = message;
};

export function LightboxHost() {
  return shown.value ? <Lightbox message={shown.value} /> : null;
}

/** The pictures of a conversation, as far as they are loaded, in their order. */
function picturesOf(timeline: Timeline, around: number): Message[] {
  const found: Message[] = [];
  for (let seq = Math.max(timeline.first, around - 1000); seq <= Math.min(timeline.last, around + 1000); seq += 1) {
    const message = timeline.get(seq);
    const there = message?.status === "normal" || message?.status === "edited";
    if (message?.kind === "image" && there && extraOf(message).attachment_id) found.push(message);
  }
  return found;
}

function Lightbox({ message }: { message: Message }) {
  const extra = extraOf(message);
  const [, redraw] = useState(0);
  const [large, setLarge] = useState(false);
  const stage = useRef<HTMLDivElement>(null);
  const own = ownPicture(message.client_msg_id);
  const { file, broken, failed } = useFile(extra.attachment_id as string, !own);
  const timeline = client.timeline(message.conversation_id);
  const all = picturesOf(timeline, message.seq);
  const at = all.findIndex((one) => one.message_id === message.message_id);
  const name = fileName(extra);
  const src = own ?? file?.url;
  const close = () => {
    shown.value = null;
  };
  const go = (to: number) => {
    const next = all[to];
    if (next) shown.value = next;
  };
  // What was taken back is not looked at any longer.
  useEffect(() => timeline.events.on("change", () => redraw((n) => n + 1)), [timeline]);
  const current = timeline.get(message.seq);
  const gone = current !== undefined && current.status !== "normal" && current.status !== "edited";
  useEffect(() => {
    if (gone) close();
  }, [gone]);
  useEffect(() => setLarge(false), [message.message_id]);

  function keys(event: KeyboardEvent) {
    if (event.key === "ArrowLeft") go(at - 1);
    else if (event.key === "ArrowRight") go(at + 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(all.length - 1);
    else return;
    // Enlarged, the keys move what is seen of it.
    if (large && event.key.startsWith("Arrow")) return;
    event.preventDefault();
  }

  return (
    <Dialog title={t("picture")} onClose={close} bare class="lightbox">
      <div class="lightbox-body" onKeyDown={keys}>
        <div class="lightbox-head">
          <span class="lightbox-about">
            <strong>
              <bdi>{nameOf(message.sender_id)}</bdi>
            </strong>
            <small>
              {day(message.sent_at)}, {clock(message.sent_at)} · <bdi>{name}</bdi>
              {extra.size ? ` · ${bytes(extra.size)}` : ""}
            </small>
          </span>
          <IconButton
            icon="zoom"
            label={t("actual size")}
            active={large}
            aria-pressed={large}
            onClick={() => setLarge(!large)}
          />
          <IconButton icon="download" label={t("download")} onClick={() => void save(extra)} />
          <IconButton
            icon="chat"
            label={t("show in chat")}
            onClick={() => {
              close();
              goal.value = { conversation: message.conversation_id, seq: message.seq };
              const place = conversations.peek().find((one) => one.conversation_id === message.conversation_id);
              navigate(place ? pageOf(place) : `/c/${message.conversation_id}`);
            }}
          />
          <IconButton icon="close" label={t("close")} autofocus onClick={close} />
        </div>
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it too */}
        <div
          ref={stage}
          class={large ? "lightbox-stage is-large" : "lightbox-stage"}
          tabIndex={large ? 0 : -1}
          onClick={(event) => event.target === stage.current && close()}
        >
          {broken ? (
            <p class="lightbox-gone">
              <Icon name="image" size={32} /> {t("picture gone")}
            </p>
          ) : (
            src && (
              // biome-ignore lint/a11y/useKeyWithClickEvents: there is a button for it
              <img
                key={message.message_id}
                src={src}
                alt={tame(typeof extra.alt === "string" ? extra.alt : "") || name}
                width={extra.width}
                height={extra.height}
                onClick={() => setLarge(!large)}
                onError={failed}
              />
            )
          )}
        </div>
        {at > 0 && (
          <button type="button" class="lightbox-way is-back" onClick={() => go(at - 1)}>
            <Icon name="back" size={26} />
            <span class="sr-only">{t("previous picture")}</span>
          </button>
        )}
        {at >= 0 && at < all.length - 1 && (
          <button type="button" class="lightbox-way is-next" onClick={() => go(at + 1)}>
            <Icon name="next" size={26} />
            <span class="sr-only">{t("next picture")}</span>
          </button>
        )}
        {message.content && (
          <p class="lightbox-caption" dir="auto">
            {plain(tame(message.content), true)}
          </p>
        )}
        <p class="sr-only" role="status">
          {all.length > 1 && at >= 0 ? t("picture of", at + 1, all.length) : ""}
        </p>
      </div>
    </Dialog>
  );
}
