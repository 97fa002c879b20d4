import type { Attachment as File, Message, Outgoing } from "@netherlink/client";
import { useEffect, useState } from "preact/hooks";
import { bytes, explain, t } from "../i18n/index.ts";
import { boxOf, typeOf } from "../lib/files.ts";
import { plain } from "../lib/markdown.tsx";
import { tame, tameName } from "../lib/text.ts";
import { attempt, client, link, nameOf } from "../state/app.ts";
import { keepPicture, ownPicture } from "../state/files.ts";
import { Icon } from "../ui/icons.tsx";
import { openPicture } from "./Lightbox.tsx";

/** What a message says of its file. With `attachment_id` the server wrote it; without, a stranger did. */
export interface Extra {
  attachment_id?: string;
  name?: string;
  size?: number;
  content_type?: string;
  width?: number;
  height?: number;
  preview?: boolean;
  alt?: string;
  url?: string;
}

/** Smaller ones are shown as they are: sharper, and hardly more to fetch than their preview. */
const smallPicture = 150_000;

const text = (value: unknown) => (typeof value === "string" ? value : "");
export const extraOf = (message: { extra?: Record<string, unknown> }): Extra => (message.extra ?? {}) as Extra;
export const fileName = (extra: Extra): string => tameName(text(extra.name) || t("attachment"));
const describe = (extra: Extra, content: string) => tame(text(extra.alt)) || plain(tame(content)) || fileName(extra);

/** Where it is, and what to do when that does not work any more: links live for a while, and end with the right to read it. */
export function useFile(id: string, wanted = true): { file: File | null; broken: boolean; failed: () => void } {
  const [file, setFile] = useState<File | null>(null);
  const [tries, setTries] = useState(0);
  const [broken, setBroken] = useState(false);
  const connected = link.value.phase === "online";
  useEffect(() => {
    if (!wanted || (!connected && tries === 0)) return;
    let here = true;
    client.files.get(id, tries > 0).then(
      (found) => here && setFile(found),
      () => here && connected && setBroken(true),
    );
    return () => {
      here = false;
    };
  }, [id, wanted, connected, tries]);
  return { file, broken, failed: () => (tries < 2 ? setTries(tries + 1) : setBroken(true)) };
}

/** It takes its space before it is there, so that nothing moves. */
function Picture({ message, extra }: { message: Message; extra: Extra }) {
  const own = ownPicture(message.client_msg_id);
  const { file, broken, failed } = useFile(extra.attachment_id as string, !own);
  const { width, height } = boxOf(extra.width, extra.height);
  const label = describe(extra, message.content);
  const whole = !extra.preview || (extra.size ?? Number.POSITIVE_INFINITY) <= smallPicture;
  const src = own ?? (whole ? file?.url : file?.thumbnail_url);
  return (
    <button
      type="button"
      class="picture"
      tabIndex={-1}
      style={{ width: `${width}px`, aspectRatio: `${width} / ${height}` }}
      aria-label={t("show picture", label)}
      onClick={() => openPicture(message)}
    >
      {broken ? (
        <span class="picture-gone">
          <Icon name="image" size={26} />
          {t("picture gone")}
        </span>
      ) : (
        src && (
          <img
            src={src}
            alt=""
            width={width}
            height={height}
            decoding={own ? "sync" : "async"}
            draggable={false}
            onError={failed}
          />
        )
      )}
    </button>
  );
}

/** Saves it: the browser asks where, and never opens it in this page. */
export async function save(extra: Extra): Promise<void> {
  const file = await attempt(() => client.files.get(extra.attachment_id as string), explain);
  if (!file?.url) return;
  const way = document.createElement("a");
  way.href = file.url;
  way.download = fileName(extra);
  way.click();
}

/** On one line, with its end always to be seen: what it is stands there. */
export function FileName({ name }: { name: string }) {
  const letters = [...name];
  const end = letters.length > 24 ? letters.splice(-10).join("") : "";
  return (
    <bdi class="file-name" title={name}>
      <span>{letters.join("")}</span>
      {end}
    </bdi>
  );
}

export function FileCard({ extra, children }: { extra: Extra; children?: preact.ComponentChildren }) {
  const name = fileName(extra);
  const size = Number(extra.size) > 0 ? bytes(Number(extra.size)) : "";
  return (
    <div class="file">
      <span class="file-icon">
        <Icon name="file" size={22} />
      </span>
      <span class="file-about">
        <FileName name={name} />
        <small>{[typeOf(name, text(extra.content_type)), size].filter(Boolean).join(" · ")}</small>
      </span>
      {children}
    </div>
  );
}

/** Sound and film start when somebody wants them to. */
function Player({ extra }: { extra: Extra }) {
  const [on, setOn] = useState(false);
  const { file, failed } = useFile(extra.attachment_id as string, on);
  const film = extra.content_type?.startsWith("video/");
  const name = fileName(extra);
  return (
    <div class={film ? "player player-film" : "player"}>
      {on && file?.url ? (
        film ? (
          // biome-ignore lint/a11y/useMediaCaption: what people send has none
          <video src={file.url} controls autoplay aria-label={name} onError={failed} />
        ) : (
          // biome-ignore lint/a11y/useMediaCaption: what people send has none
          <audio src={file.url} controls autoplay aria-label={name} onError={failed} />
        )
      ) : (
        <button type="button" class="player-start" tabIndex={-1} onClick={() => setOn(true)}>
          <Icon name="play" size={film ? 30 : 20} />
          <span class={film ? "sr-only" : ""}>{t("play", name)}</span>
        </button>
      )}
    </div>
  );
}

const plays = (type: unknown) => /^(video|audio)\//.test(text(type));

/** Something that lies elsewhere: nobody is told that it was looked at before somebody follows. */
function Elsewhere({ extra, content }: { extra: Extra; content: string }) {
  const url = /^https?:\/\//.test(text(extra.url)) ? text(extra.url) : null;
  const label = tameName(text(extra.name) || content || t("attachment"));
  return (
    <p class="file">
      <Icon name="file" />{" "}
      {url ? (
        <a href={url} rel="noopener noreferrer nofollow ugc" target="_blank">
          {label}
        </a>
      ) : (
        <bdi>{label}</bdi>
      )}
    </p>
  );
}

export function Attachment({ message }: { message: Message }) {
  const extra = extraOf(message);
  if (!/^[1-9]\d*$/.test(text(extra.attachment_id))) return <Elsewhere extra={extra} content={message.content} />;
  if (message.kind === "image") return <Picture message={message} extra={extra} />;
  const size = bytes(Number(extra.size) || 0);
  return (
    <>
      {plays(extra.content_type) && <Player extra={extra} />}
      <FileCard extra={extra}>
        <button
          type="button"
          class="icon-button"
          tabIndex={-1}
          title={t("download")}
          aria-label={t("download file", fileName(extra), size)}
          onClick={() => void save(extra)}
        >
          <Icon name="download" />
        </button>
      </FileCard>
    </>
  );
}

/** A picture of one's own that is on its way: from this page, or, after a reload, from where it is kept. */
function useOwnPicture(entry: Outgoing): string | undefined {
  const [, found] = useState(0);
  const id = entry.client_msg_id;
  useEffect(() => {
    if (entry.kind !== "image" || ownPicture(id)) return;
    let here = true;
    void client.files.blob(id).then((blob) => {
      if (!here || !blob) return;
      keepPicture(id, URL.createObjectURL(blob));
      found(1);
    });
    return () => {
      here = false;
    };
  }, [id]);
  return ownPicture(id);
}

/** A file that is on its way. */
export function Sending({ entry, state, sent }: { entry: Outgoing; state: Outgoing["state"]; sent: number }) {
  const own = useOwnPicture(entry);
  const { file } = entry;
  const extra: Extra = { ...extraOf(entry), name: file?.name ?? "", size: file?.size ?? 0 };
  const { width, height } = boxOf(extra.width, extra.height);
  const share = file && file.size > 0 ? sent / file.size : 0;
  return (
    <>
      {entry.kind === "image" ? (
        <span class="picture is-sending" style={{ width: `${width}px`, aspectRatio: `${width} / ${height}` }}>
          {own && <img src={own} alt={fileName(extra)} width={width} height={height} decoding="sync" />}
        </span>
      ) : (
        <FileCard extra={extra} />
      )}
      {state !== "failed" && file && (
        <div class="upload">
          <progress max={1} value={state === "uploading" ? share : 1} aria-label={t("uploading", fileName(extra))} />
          <span class="upload-about">
            {link.value.phase !== "online" ? t("waiting") : t("uploaded", bytes(sent), bytes(file.size))}
          </span>
          {state === "uploading" && (
            <button type="button" class="link" onClick={() => client.outbox.discard(entry.client_msg_id)}>
              {t("cancel sending")}
            </button>
          )}
        </div>
      )}
    </>
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
  const words = gone
    ? t("recalled")
    : plain(tame(quote.content)) || (quote.kind === "image" ? t("picture") : t("attachment"));
  return (
    <button type="button" class="quote" tabIndex={-1} disabled={!jump} onClick={() => reply_to && jump?.(reply_to)}>
      <Icon name={quote.kind === "image" ? "image" : quote.kind === "file" ? "file" : "reply"} size={14} />
      <bdi class="quote-name">{nameOf(quote.sender_id)}</bdi>
      <bdi class="quote-text">{words}</bdi>
    </button>
  );
}
