import type { Message, SearchHit } from "@netherlink/client";
import { useEffect, useRef, useState } from "preact/hooks";
import { exact, explain, t, when } from "../i18n/index.ts";
import { pieces } from "../lib/highlight.ts";
import { plain } from "../lib/markdown.tsx";
import { navigate } from "../lib/router.ts";
import { tame } from "../lib/text.ts";
import { client, config, conversations, link, nameOf, titleOf } from "../state/app.ts";
import { pageOf } from "../state/places.ts";
import { goal, searching } from "../state/search.ts";
import { Dialog, Empty, More, UserAvatar } from "../ui/parts.tsx";

const page = 30;
/** A page may be empty while there are others behind it: so many are looked through by themselves. */
const patience = 5;

export function SearchHost() {
  return searching.value === null ? null : <Search key={searching.value} conversation={searching.value} />;
}

interface Result {
  items: SearchHit[];
  cursor: string | null;
  busy: boolean;
  error: string | null;
}
const nothing: Result = { items: [], cursor: null, busy: false, error: null };

async function look(
  q: string,
  where: string,
  cursor: string | null,
): Promise<{ items: SearchHit[]; cursor: string | null }> {
  const items: SearchHit[] = [];
  let next = cursor;
  for (let tries = 0; tries < patience; tries += 1) {
    const found = await client.search(q, {
      limit: page,
      ...(where ? { conversation_id: where } : {}),
      ...(next ? { cursor: next } : {}),
    });
    items.push(...found.items);
    next = found.next_cursor;
    if (next === null || items.length >= page) break;
  }
  return { items, cursor: next };
}

function useSearch(q: string, where: string) {
  const [result, setResult] = useState<Result>(nothing);
  const connected = link.value.phase === "online";
  const asked = useRef(0);
  const run = (cursor: string | null) => {
    asked.current += 1;
    const mine = asked.current;
    setResult((before) => ({ ...(cursor ? before : nothing), busy: true }));
    look(q, where, cursor).then(
      (found) => {
        if (mine !== asked.current) return;
        setResult((before) => ({
          items: cursor ? [...before.items, ...found.items] : found.items,
          cursor: found.cursor,
          busy: false,
          error: null,
        }));
      },
      (failure: { status?: number }) => {
        if (mine !== asked.current) return;
        setResult({ ...nothing, error: failure.status === 422 ? t("search bad") : explain(failure) });
      },
    );
  };
  useEffect(() => {
    asked.current += 1;
    if (!q || !connected) {
      setResult(nothing);
      return;
    }
    const timer = setTimeout(() => run(null), 250);
    return () => clearTimeout(timer);
  }, [q, where, connected]);
  return { ...result, more: result.cursor && !result.busy ? () => run(result.cursor) : null };
}

function Hit({ hit, everywhere, open }: { hit: SearchHit; everywhere: boolean; open: (message: Message) => void }) {
  const { message } = hit;
  const conversation = conversations.value.find((one) => one.conversation_id === message.conversation_id);
  const found = hit.highlights.map(tame);
  return (
    <li>
      <button type="button" class="plain hit" onClick={() => open(message)}>
        <UserAvatar id={message.sender_id} size={36} />
        <span class="hit-text">
          <span class="hit-head">
            <bdi class="person-name">{nameOf(message.sender_id)}</bdi>
            {everywhere && <bdi class="hit-where">{titleOf(conversation, message.conversation_id)}</bdi>}
            <time dateTime={message.sent_at} title={exact(message.sent_at)}>
              {when(message.sent_at)}
            </time>
          </span>
          <span class="hit-content" dir="auto">
            {pieces(plain(tame(message.content), true), found).map((piece, n) =>
              piece.found ? <mark key={n}>{piece.text}</mark> : piece.text,
            )}
          </span>
        </span>
      </button>
    </li>
  );
}

function Search({ conversation }: { conversation: string }) {
  const [where, setWhere] = useState(conversation);
  const [text, setText] = useState("");
  const list = useRef<HTMLUListElement>(null);
  const { items, busy, error, more } = useSearch(text.trim(), where);
  const close = () => {
    searching.value = null;
  };
  const known = conversations.value.find((one) => one.conversation_id === conversation);

  function open(message: Message) {
    close();
    goal.value = { conversation: message.conversation_id, seq: message.seq };
    const place = conversations.peek().find((one) => one.conversation_id === message.conversation_id);
    navigate(place ? pageOf(place) : `/c/${message.conversation_id}`);
  }

  /** Up and down between the field and what was found. */
  function keys(event: KeyboardEvent) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const hits = [...(list.current?.querySelectorAll<HTMLElement>(".hit") ?? [])];
    const at = hits.indexOf(document.activeElement as HTMLElement);
    if (event.key === "ArrowUp" && at < 0) return;
    event.preventDefault();
    if (event.key === "ArrowUp" && at === 0) (event.currentTarget as HTMLElement).querySelector("input")?.focus();
    else hits[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  }

  const asked = text.trim() !== "";
  const none = asked && !busy && !error && items.length === 0 && !more;
  const count = () => t(more ? "search found more" : "search found", items.length);
  const state = error ?? (busy ? t("loading") : !asked ? t("search hint") : none ? t("search none") : count());
  return (
    <Dialog title={t("search messages")} onClose={close} wide>
      <div class="search" role="search" onKeyDown={keys}>
        <input
          type="search"
          autofocus
          aria-label={t("search messages")}
          placeholder={known ? t("search in", titleOf(known, conversation)) : t("search messages")}
          maxLength={config.value?.limits.search_query_bytes ?? 256}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        {conversation && (
          <div class="search-where" role="group" aria-label={t("search")}>
            {[conversation, ""].map((one) => (
              <button type="button" key={one} class="chip" aria-pressed={where === one} onClick={() => setWhere(one)}>
                {one ? t("search here") : t("search everywhere")}
              </button>
            ))}
          </div>
        )}
        <p class={error ? "small field-error" : "small quiet"} role="status">
          {state}
        </p>
        <div class="found">
          {none && (
            <Empty icon="search" title={t("search none")}>
              <p>{t("search none about")}</p>
            </Empty>
          )}
          <ul ref={list} class="hits" aria-label={t("messages")}>
            {items.map((hit) => (
              <Hit key={hit.message.message_id} hit={hit} everywhere={where === ""} open={open} />
            ))}
          </ul>
          <More onClick={more} />
        </div>
      </div>
    </Dialog>
  );
}
