import type { Message, Outgoing, Timeline } from "@netherlink/client";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef } from "preact/hooks";
import { number, t } from "../i18n/index.ts";
import { Heights } from "../lib/heights.ts";
import { client, link, me, profiles, visible } from "../state/app.ts";
import { Icon } from "../ui/icons.tsx";
import { MessageRow, PendingRow } from "./Message.tsx";

/** What stays where it is on the screen while everything around it changes. */
interface Anchor {
  seq: number;
  top: number;
}

/** Where one was in a conversation: at its end, or at a message. */
const places = new Map<string, Anchor | "end">();
const overscan = 800;
const ahead = 60;
const span = 200_000;

export interface ListActions {
  reply(message: Message): void;
  edit(message: Message): void;
  jump(messageId: string): void;
}

export interface ListHandle {
  jump(seq: number): void;
  toEnd(): void;
}

/**
 * The messages of a conversation as a window over all of them: a row for each seq, drawn when it is near. Rows that were not
 * loaded have an estimated height. Whatever changes, the anchor keeps its place; at the end, the end does.
 */
export function MessageList({
  timeline,
  unreadFrom,
  actions,
  handle,
  intro,
  typing,
}: {
  timeline: Timeline;
  unreadFrom: number;
  actions: ListActions;
  handle: { current: ListHandle | null };
  intro: ComponentChildren;
  typing: ComponentChildren;
}) {
  const id = timeline.conversationId;
  const [, draw] = useReducer((n: number) => n + 1, 0);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const below = useRef<HTMLDivElement>(null);
  const s = useRef({
    heights: new Heights(56),
    anchor: null as Anchor | null,
    stick: true,
    /** The anchor was asked for: it stays until somebody scrolls by hand. */
    pinned: false,
    begun: false,
    from: 1,
    to: 0,
    width: 0,
    seen: 0,
    mark: 0,
    loading: undefined as ReturnType<typeof setTimeout> | undefined,
    failed: false,
  }).current;
  profiles.value;

  const { last } = timeline;
  s.heights.base = Math.max(timeline.first, Math.min(last - span, s.anchor ? s.anchor.seq - 1000 : last), 1);

  if (!s.begun && (timeline.synced || last > 0)) {
    s.begun = true;
    const place = places.get(id);
    if (unreadFrom > 0 && unreadFrom <= last) begin({ seq: unreadFrom, top: 96 }, last - unreadFrom > 3);
    else if (place && place !== "end" && place.seq <= last) begin(place, true);
    s.seen = last;
  }
  function begin(anchor: Anchor, here: boolean) {
    s.anchor = anchor;
    s.stick = !here;
    s.pinned = here;
  }

  // --- What is drawn

  function range(): [number, number] {
    const box = scroller.current;
    const height = box?.clientHeight ?? 800;
    if (s.stick) return [Math.max(s.heights.base, last - Math.ceil((height + overscan) / 30)), last];
    let y = box?.scrollTop ?? 0;
    if (s.anchor) y = s.heights.top(s.anchor.seq) - s.anchor.top;
    return [s.heights.at(Math.max(0, y - overscan), last), s.heights.at(y + height + overscan, last)];
  }
  [s.from, s.to] = range();
  const drawn: number[] = [];
  for (let seq = s.from; seq <= s.to; seq += 1) drawn.push(seq);
  const atEnd = s.to >= last;

  // --- Keeping the place

  function settle() {
    const box = scroller.current;
    const rows = content.current;
    if (!box || !rows) return;
    if (box.clientWidth !== s.width) {
      if (s.width) s.heights.forget();
      s.width = box.clientWidth;
    }
    for (const row of rows.children) {
      const seq = Number((row as HTMLElement).dataset.seq);
      if (seq) s.heights.set(seq, row.getBoundingClientRect().height);
    }
    if (below.current) {
      below.current.style.height = `${Math.max(0, s.heights.top(last + 1) - s.heights.top(s.to + 1))}px`;
    }
    if (s.stick) {
      box.scrollTop = box.scrollHeight;
    } else if (s.anchor) {
      const row = rows.querySelector(`[data-seq="${s.anchor.seq}"]`);
      if (row) {
        const delta = row.getBoundingClientRect().top - box.getBoundingClientRect().top - s.anchor.top;
        if (Math.abs(delta) >= 1) box.scrollTop += delta;
      }
    }
    note();
  }

  /** What is to be seen now: for reading marks, loading, and the place to come back to. */
  function note() {
    const box = scroller.current;
    const rows = content.current;
    if (!box || !rows) return;
    const frame = box.getBoundingClientRect();
    let lowest = 0;
    let first: Anchor | null = null;
    for (const row of rows.children) {
      const seq = Number((row as HTMLElement).dataset.seq);
      if (!seq) continue;
      const { top, bottom } = row.getBoundingClientRect();
      if (!first && bottom > frame.top + 1) first = { seq, top: top - frame.top };
      if (bottom <= frame.bottom + 24 && timeline.get(seq)) lowest = Math.max(lowest, seq);
    }
    if (!s.pinned && first && !s.stick) s.anchor = first;
    places.set(id, s.stick ? "end" : (s.anchor ?? "end"));
    s.mark = s.stick ? last : lowest;
    if (visible.peek() && document.hasFocus()) {
      if (s.mark > 0) client.read(id, s.mark);
      if (s.stick) s.seen = last;
    }
  }

  function scrolled() {
    const box = scroller.current;
    if (!box) return;
    const gap = box.scrollHeight - box.scrollTop - box.clientHeight;
    const was = s.stick;
    if (!s.pinned) {
      s.stick = gap < 32 && s.to >= timeline.last;
      if (!s.stick) {
        s.anchor = null;
        note();
        if (!s.anchor) {
          const seq = s.heights.at(box.scrollTop, timeline.last);
          s.anchor = { seq, top: s.heights.top(seq) - box.scrollTop };
        }
      } else {
        note();
      }
    }
    const [from, to] = range();
    if (was !== s.stick || from < s.from || to > s.to || from - s.from > 40 || s.to - to > 40) draw(0);
  }

  const byHand = () => {
    s.pinned = false;
  };

  handle.current = {
    jump: (seq) => {
      s.begun = true;
      s.stick = false;
      s.pinned = true;
      s.anchor = { seq, top: Math.round((scroller.current?.clientHeight ?? 600) * 0.3) };
      draw(0);
      flash(seq, 80);
    },
    toEnd: () => {
      s.stick = true;
      s.pinned = false;
      s.anchor = null;
      draw(0);
    },
  };

  function flash(seq: number, tries: number) {
    const row = content.current?.querySelector(`[data-seq="${seq}"]`);
    if (row && timeline.get(seq)) {
      row.classList.remove("is-found");
      void (row as HTMLElement).offsetWidth;
      row.classList.add("is-found");
      setTimeout(() => row.classList.remove("is-found"), 2400);
      (row as HTMLElement).focus({ preventScroll: true });
    } else if (tries > 0) {
      setTimeout(() => flash(seq, tries - 1), 120);
    }
  }

  // --- Loading what is near

  function load() {
    const missing = (from: number, to: number) => {
      for (let seq = Math.max(from, timeline.first); seq <= Math.min(to, timeline.last); seq += 1)
        if (!timeline.get(seq)) return true;
      return false;
    };
    timeline.trim(s.from, s.to);
    if (link.peek().phase !== "online" || !timeline.synced || !missing(s.from - ahead / 2, s.to + ahead / 2)) return;
    if (s.loading) return;
    s.loading = setTimeout(
      () => {
        timeline
          .load(s.from - ahead, s.to + ahead)
          .then(
            () => {
              s.failed = false;
            },
            () => {
              s.failed = true;
            },
          )
          .finally(() => {
            s.loading = undefined;
            draw(0);
          });
      },
      s.failed ? 2000 : 40,
    );
  }

  useEffect(() => timeline.events.on("change", () => draw(0)), [timeline]);
  useLayoutEffect(settle);
  useEffect(load);
  useEffect(() => {
    const box = scroller.current;
    const rows = content.current;
    if (!box || !rows) return;
    // Pictures that arrive, a keyboard that slides in: the place is kept through those too.
    const observer = new ResizeObserver(() => settle());
    observer.observe(box);
    observer.observe(rows);
    const look = () => note();
    addEventListener("focus", look);
    return () => {
      observer.disconnect();
      removeEventListener("focus", look);
      clearTimeout(s.loading);
    };
  }, [timeline]);
  visible.value;
  link.value;

  /** Up and down between messages; their own keys are in MessageRow. */
  function keys(event: KeyboardEvent) {
    if (event.key === "End" || event.key === "Home") byHand();
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    const row = (event.target as HTMLElement).closest<HTMLElement>("[data-seq]");
    if (!row || event.target !== row) return;
    const next = (event.key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling) as HTMLElement | null;
    if (!next) return;
    event.preventDefault();
    byHand();
    s.stick = false;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  const pending: Outgoing[] = atEnd ? timeline.pending : [];
  const unseen = s.stick ? 0 : Math.max(0, last - s.seen);
  const before = (seq: number) => timeline.get(seq - 1);
  return (
    <div class="messages">
      <div
        ref={scroller}
        class="messages-scroll"
        role="region"
        aria-label={t("messages")}
        onScroll={scrolled}
        onWheel={byHand}
        onTouchMove={byHand}
        onPointerDown={byHand}
        onKeyDown={keys}
      >
        <div class="messages-fill" />
        {s.from <= s.heights.base && (timeline.synced || last > 0) && intro}
        <div style={{ height: `${s.heights.top(s.from)}px` }} />
        <div ref={content} class="rows" role="list" aria-label={t("messages")}>
          {drawn.map((seq) => {
            const message = timeline.get(seq);
            return message ? (
              <MessageRow
                key={`${message.sender_id} ${message.client_msg_id}`}
                message={message}
                before={before(seq)}
                marked={seq === unreadFrom}
                actions={actions}
                focusable={seq === last}
                single={id.startsWith("single")}
              />
            ) : (
              <div
                key={seq}
                data-seq={seq}
                class="skeleton"
                role="listitem"
                aria-hidden="true"
                style={{ height: `${s.heights.estimate}px` }}
              >
                <i />
                <b style={{ width: `${25 + ((seq * 37) % 50)}%` }} />
              </div>
            );
          })}
          {pending.map((one, n) => (
            <PendingRow
              key={`${me.value?.id} ${one.client_msg_id}`}
              entry={one}
              state={one.state}
              sent={one.file?.sent ?? 0}
              follows={n > 0 || timeline.get(last)?.sender_id === me.value?.id}
            />
          ))}
        </div>
        <div ref={below} />
        <div class="typing-line">{typing}</div>
      </div>
      {!s.stick && (
        <button type="button" class="to-end" onClick={() => handle.current?.toEnd()}>
          {unseen > 0 ? t("new below", unseen) : t("jump to latest")}
          <Icon name="arrowDown" size={16} />
        </button>
      )}
      <p class="sr-only" aria-live="polite">
        {unseen > 0 ? number(unseen) : ""}
      </p>
    </div>
  );
}
