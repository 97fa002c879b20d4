import { type Draft, type Message, otherOf, type Timeline } from "@netherlink/client";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { explain, t } from "../i18n/index.ts";
import { plain } from "../lib/markdown.tsx";
import { type Mentionable, mentionable } from "../lib/mention.ts";
import { bytesOf, tame } from "../lib/text.ts";
import { attempt, client, config, me, nameOf } from "../state/app.ts";
import { drafts, saveDraft } from "../state/drafts.ts";
import { keepPicture, type Picked, pick, picked, takePicked, takesFiles } from "../state/files.ts";
import { membersOf } from "../state/places.ts";
import { Icon } from "../ui/icons.tsx";
import { IconButton, UserAvatar } from "../ui/parts.tsx";
import { pickEmoji } from "./EmojiPicker.tsx";
import { AttachButton, Tray } from "./Tray.tsx";

export type Mode = { kind: "new" } | { kind: "reply"; message: Message } | { kind: "edit"; message: Message };

/** Who may be meant here: who spoke lately first, then the other one, or everybody else who is here. */
function people(id: string, timeline: Timeline): Iterable<Mentionable> {
  const ids = new Set<string>();
  for (let seq = timeline.last; seq > 0 && seq > timeline.last - 300 && ids.size < 50; seq -= 1) {
    const sender = timeline.get(seq)?.sender_id;
    if (sender) ids.add(sender);
  }
  const other = otherOf(id, me.value?.id ?? "");
  if (other) ids.add(other);
  for (const member of membersOf(id)) ids.add(member);
  ids.delete(me.value?.id ?? "");
  return [...ids].flatMap((one) => {
    const user = client.known(one);
    return user && !user.deleted ? [{ id: one, username: user.username, nickname: nameOf(one) }] : [];
  });
}

function sendFile(one: Picked, draft: Draft): void {
  const { file, name, url, width, height } = one;
  const picture = url ? { kind: "image" as const, extra: { width, height } } : { kind: "file" as const };
  const { client_msg_id } = client.send({ ...draft, ...picture, file, name });
  if (url) keepPicture(client_msg_id, url);
}

export function Composer({
  id,
  title,
  timeline,
  mode,
  setMode,
  editLast,
  sent,
}: {
  id: string;
  title: string;
  timeline: Timeline;
  mode: Mode;
  setMode: (mode: Mode) => void;
  editLast: () => void;
  sent: () => void;
}) {
  const [text, setText] = useState(drafts.peek().get(id) ?? "");
  const [at, setAt] = useState<{ start: number; begin: string } | null>(null);
  const [chosen, setChosen] = useState(0);
  const area = useRef<HTMLTextAreaElement>(null);
  const mentioned = useRef(new Map<string, string>());
  const limit = config.value?.limits.content_bytes ?? 8192;
  const over = bytesOf(text) - limit;
  const files = picked.value.get(id)?.length ?? 0;
  const everyone = /^(group|room)_/.test(id) ? t("everyone") : null;
  const offers = at ? mentionable(people(id, timeline), at.begin, everyone) : [];

  useEffect(() => {
    if (mode.kind === "edit") setText(mode.message.content);
    if (mode.kind !== "new" || matchMedia("(hover: hover)").matches) area.current?.focus();
  }, [mode]);
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, innerHeight * 0.4)}px`;
  }, [text]);
  useEffect(() => {
    if (mode.kind !== "edit") saveDraft(id, text);
  }, [text, mode]);

  function changed(value: string, caret: number) {
    setText(value);
    if (mode.kind !== "edit" && value) client.typing(id);
    const match = /(?:^|\s)@([^\s@]{0,24})$/.exec(value.slice(0, caret));
    setAt(match ? { start: caret - (match[1] as string).length, begin: match[1] as string } : null);
    setChosen(0);
  }

  function mention(user: string) {
    if (!at) return;
    const name = user === "all" ? "all" : nameOf(user);
    mentioned.current.set(user, name);
    setText(`${text.slice(0, at.start)}${name} ${text.slice(at.start + at.begin.length)}`);
    setAt(null);
    area.current?.focus();
  }

  function reset() {
    setText(drafts.peek().get(id) ?? "");
    setMode({ kind: "new" });
  }

  function submit() {
    const content = text.trim();
    if ((!content && (files === 0 || mode.kind === "edit")) || over > 0) return;
    if (mode.kind === "edit") {
      const { message } = mode;
      reset();
      if (content !== message.content) void attempt(() => client.edit(message.message_id, content), explain);
      return;
    }
    const mentions = [...mentioned.current].filter(([, name]) => content.includes(`@${name}`)).map(([user]) => user);
    const draft = { conversation: id, content, ...(mode.kind === "reply" ? { replyTo: mode.message } : {}), mentions };
    const taken = takePicked(id);
    if (taken.length === 0) client.send(draft);
    // What was written goes with the first, and reads as said of all.
    for (const [n, one] of taken.entries()) sendFile(one, n === 0 ? draft : { conversation: id, content: "" });
    mentioned.current.clear();
    setText("");
    saveDraft(id, "");
    client.typing(id, false);
    setMode({ kind: "new" });
    sent();
    area.current?.focus();
  }

  function pasted(event: ClipboardEvent) {
    const data = event.clipboardData;
    // Some programs add a picture of the text: then the text is meant.
    if (!data || data.files.length === 0 || data.types.includes("text/plain") || !takesFiles()) return;
    event.preventDefault();
    void pick(id, [...data.files]);
  }

  function keys(event: KeyboardEvent) {
    if (event.isComposing) return;
    if (offers.length > 0) {
      if (event.key === "ArrowDown") setChosen((chosen + 1) % offers.length);
      else if (event.key === "ArrowUp") setChosen((chosen - 1 + offers.length) % offers.length);
      else if (event.key === "Enter" || event.key === "Tab") mention(offers[chosen] as string);
      else if (event.key === "Escape") setAt(null);
      else return;
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey && matchMedia("(hover: hover)").matches) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && mode.kind !== "new") {
      event.preventDefault();
      event.stopPropagation();
      reset();
    } else if (event.key === "ArrowUp" && text === "") {
      event.preventDefault();
      editLast();
    }
  }

  async function emoji(target: Element) {
    const picked = await pickEmoji(target);
    if (!picked) return;
    const caret = area.current?.selectionStart ?? text.length;
    setText(text.slice(0, caret) + picked + text.slice(caret));
    area.current?.focus();
  }

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {mode.kind !== "new" && (
        <div class="composer-mode">
          <Icon name={mode.kind === "reply" ? "reply" : "edit"} size={16} />
          <span class="composer-what">
            <strong>{mode.kind === "reply" ? t("replying to", nameOf(mode.message.sender_id)) : t("editing")}</strong>
            <bdi>{mode.kind === "reply" ? plain(tame(mode.message.content)).slice(0, 140) : t("edit hint")}</bdi>
          </span>
          <IconButton icon="close" size={16} label={t("cancel")} onClick={reset} />
        </div>
      )}
      {offers.length > 0 && (
        <ul class="mention-list" id="mentions" role="listbox" aria-label="@">
          {offers.map((one, n) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the text field has the keys
            <li
              key={one}
              tabIndex={-1}
              id={`mention-${one}`}
              role="option"
              aria-selected={n === chosen}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => mention(one)}
            >
              {one === "all" ? (
                <>
                  <Icon name="friends" size={24} /> <bdi>@all</bdi> <small>{t("mention everyone")}</small>
                </>
              ) : (
                <>
                  <UserAvatar id={one} size={24} /> <bdi>{nameOf(one)}</bdi>{" "}
                  <small>@{client.known(one)?.username}</small>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {mode.kind !== "edit" && <Tray id={id} />}
      <div class="composer-box">
        {mode.kind !== "edit" && <AttachButton id={id} done={() => area.current?.focus()} />}
        <IconButton icon="smile" label={t("emoji")} onClick={(event) => void emoji(event.currentTarget as Element)} />
        <textarea
          ref={area}
          rows={1}
          dir="auto"
          value={text}
          placeholder={files > 0 ? t("write caption") : t("write to", title)}
          aria-label={t("write to", title)}
          aria-controls={offers.length > 0 ? "mentions" : undefined}
          aria-activedescendant={offers.length > 0 ? `mention-${offers[chosen]}` : undefined}
          aria-invalid={over > 0}
          enterkeyhint="send"
          onInput={(event) => changed(event.currentTarget.value, event.currentTarget.selectionStart)}
          onKeyDown={keys}
          onPaste={pasted}
          onBlur={() => setAt(null)}
        />
        {over > 0 && (
          <span class="composer-over" role="status">
            {t("too long", over)}
          </span>
        )}
        <button
          type="submit"
          class="send"
          aria-label={t("send")}
          title={t("send")}
          disabled={(!text.trim() && files === 0) || over > 0}
        >
          <Icon name={mode.kind === "edit" ? "check" : "send"} />
        </button>
      </div>
    </form>
  );
}
