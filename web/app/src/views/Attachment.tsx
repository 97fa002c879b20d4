import type { Message } from "@netherlink/client";
import { t } from "../i18n/index.ts";
import { plain } from "../lib/markdown.tsx";
import { tame } from "../lib/text.ts";
import { nameOf } from "../state/app.ts";
import { Icon } from "../ui/icons.tsx";

/** Pictures take their space before they are there, so that nothing moves. */
export function Attachment({ message }: { message: Message }) {
  const extra = (message.extra ?? {}) as {
    url?: string;
    name?: string;
    width?: number;
    height?: number;
    thumbnail?: string;
  };
  const url = typeof extra.url === "string" && /^(https?:\/\/|\/api\/)/.test(extra.url) ? extra.url : null;
  const label = tame(typeof extra.name === "string" ? extra.name : message.content || t("attachment"));
  const wide = Math.min(360, Number(extra.width) || 240);
  const ratio = Number(extra.width) > 0 && Number(extra.height) > 0 ? Number(extra.height) / Number(extra.width) : 0.66;
  if (message.kind === "image" && url) {
    return (
      <a href={url} target="_blank" rel="noopener noreferrer">
        <img
          class="picture"
          src={url}
          alt={label}
          width={wide}
          height={Math.min(360, Math.round(wide * ratio))}
          loading="lazy"
        />
      </a>
    );
  }
  return (
    <p class="file">
      <Icon name="file" />{" "}
      {url ? (
        <a href={url} rel="noopener noreferrer" target="_blank">
          {label}
        </a>
      ) : (
        label
      )}
    </p>
  );
}

export function Quoted({
  message,
  jump,
}: {
  message: Pick<Message, "quote" | "reply_to">;
  jump?: (id: string) => void;
}) {
  const { quote, reply_to } = message;
  if (!quote) return null;
  const gone = quote.status === "recalled" || quote.status === "deleted";
  const text = gone
    ? t("recalled")
    : quote.kind === "text" || quote.kind === "emoji"
      ? plain(tame(quote.content))
      : t("attachment");
  return (
    <button type="button" class="quote" tabIndex={-1} disabled={!jump} onClick={() => reply_to && jump?.(reply_to)}>
      <Icon name="reply" size={14} />
      <bdi class="quote-name">{nameOf(quote.sender_id)}</bdi>
      <bdi class="quote-text">{text}</bdi>
    </button>
  );
}
