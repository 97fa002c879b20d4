import type { Link } from "./connection.ts";
import type { Conversations } from "./conversations.ts";
import type { Environment } from "./env.ts";
import { NetherLinkError } from "./errors.ts";
import type { Call } from "./http.ts";
import type { Outgoing } from "./outbox.ts";
import type { KeyValue } from "./store.ts";
import { Timeline } from "./timeline.ts";
import type { History, Message, ServerFrames, SyncedConversation } from "./wire.ts";

const keyOf = (id: string) => `timeline:${id}`;
const syncedAtOnce = 50;
const mostPulls = 20;
/** A pull begins at any moment up to this, in milliseconds, so that not everybody asks at once. */
const pullSpread = 300;

export interface TimelinesOwner {
  env: Environment;
  store: KeyValue;
  conversations: Conversations;
  /** How many missed messages are fetched one by one. */
  catchUp: number;
  link(): Link;
  ask<T>(method: string, path: string, call?: Call): Promise<T>;
  pending(conversationId: string): Outgoing[];
  /** Something to keep for the next visit. */
  changed(): void;
}

/** The timelines that were asked for, brought level and kept so: by `sync` after a loss, by pulls in a storm. */
export class Timelines {
  readonly #owner: TimelinesOwner;
  readonly #all = new Map<string, Timeline>();
  readonly #behind = new Set<Timeline>();
  readonly #beginning = new Set<Timeline>();
  readonly #pulling = new Set<Timeline>();
  #syncing = false;

  constructor(owner: TimelinesOwner) {
    this.#owner = owner;
  }

  get(id: string): Timeline | undefined {
    return this.#all.get(id);
  }

  /** The messages of a conversation, kept level from now on. */
  open(id: string): Timeline {
    const known = this.#all.get(id);
    if (known) return known;
    const timeline = new Timeline(id, {
      history: (conversation_id, bounds) =>
        this.#owner.ask<History>("GET", "/chat/history", { query: { conversation_id, ...bounds } }),
      pending: (conversationId) => this.#owner.pending(conversationId),
      behind: (one) => this.#fallBehind(one),
    });
    timeline.last = this.#owner.conversations.byId.get(id)?.last_seq ?? 0;
    this.#all.set(id, timeline);
    timeline.events.on("change", () => this.#owner.changed());
    void this.#begin(timeline);
    return timeline;
  }

  async #begin(timeline: Timeline): Promise<void> {
    const kept = await this.#owner.store.get<Parameters<Timeline["restore"]>[0]>(keyOf(timeline.conversationId));
    if (kept) timeline.restore(kept);
    if (this.#online()) this.#fallBehind(timeline);
  }

  clear(): void {
    this.#all.clear();
    this.#behind.clear();
  }

  remove(id: string): void {
    this.#all.delete(id);
    void this.#owner.store.delete(keyOf(id)).catch(() => undefined);
  }

  disconnected(): void {
    for (const timeline of this.#all.values()) timeline.disconnected();
  }

  connected(): void {
    for (const timeline of this.#all.values()) this.#fallBehind(timeline);
  }

  grown(id: string, last: number): void {
    const timeline = this.#all.get(id);
    if (!timeline || last <= timeline.last) return;
    timeline.last = last;
    timeline.changed();
  }

  save(): void {
    for (const [id, timeline] of this.#all) {
      const snapshot = timeline.snapshot();
      if (snapshot?.messages.length) void this.#owner.store.set(keyOf(id), snapshot).catch(() => undefined);
    }
  }

  #online(): boolean {
    return this.#owner.link().state.phase === "online";
  }

  #fallBehind(timeline: Timeline): void {
    const conversation = this.#owner.conversations.byId.get(timeline.conversationId);
    if (timeline.synced && conversation && conversation.last_seq - timeline.synced.seq > this.#owner.catchUp) {
      timeline.skip({ seq: conversation.last_seq, revision: conversation.revision });
    } else if (timeline.synced) {
      this.#behind.add(timeline);
      void this.#sync();
    } else {
      void this.#readFirst(timeline);
    }
  }

  async #readFirst(timeline: Timeline): Promise<void> {
    if (this.#beginning.has(timeline)) return;
    this.#beginning.add(timeline);
    try {
      await timeline.begin(this.#owner.conversations.byId.get(timeline.conversationId)?.revision ?? 0);
    } catch (error) {
      if (error instanceof NetherLinkError && error.temporary) this.#owner.env.after(2000, () => this.#again(timeline));
      // A conversation of two that nobody has begun yet is empty, and so is one that may not be seen.
      else timeline.skip({ seq: 0, revision: 0 });
    } finally {
      this.#beginning.delete(timeline);
    }
  }

  #again(timeline: Timeline): void {
    if (this.#all.get(timeline.conversationId) === timeline && this.#online()) this.#fallBehind(timeline);
  }

  async #sync(): Promise<void> {
    if (this.#syncing) return;
    this.#syncing = true;
    try {
      while (this.#behind.size > 0 && this.#online()) {
        const batch = [...this.#behind].slice(0, syncedAtOnce);
        const conversations = batch.map(({ conversationId, synced }) => ({
          conversation_id: conversationId,
          after_seq: synced?.seq ?? 0,
          after_revision: synced?.revision ?? 0,
        }));
        const reply = await this.#owner.link().request("sync", { conversations, limit: 200 }, 30_000);
        if (reply.type !== "sync.result") break;
        for (const one of reply.data.conversations) this.#synced(one);
      }
    } catch {
      // Without a connection the next welcome syncs everything; else a moment later.
      this.#owner.env.after(1000, () => void this.#sync());
    } finally {
      this.#syncing = false;
    }
  }

  #synced(result: ServerFrames["sync.result"]["conversations"][number]): void {
    const timeline = this.#all.get(result.conversation_id);
    if (!timeline || "error" in result) {
      for (const one of this.#behind) if (one.conversationId === result.conversation_id) this.#behind.delete(one);
      return;
    }
    const synced = result as SyncedConversation;
    timeline.caughtUp(synced);
    this.#owner.conversations.revision(result.conversation_id, synced.revision);
    if (synced.complete) this.#behind.delete(timeline);
  }

  /** A storm: messages are announced, and fetched in batches. */
  announced(id: string, to: number): void {
    const timeline = this.#all.get(id);
    if (!timeline?.available(to) || !timeline.level || this.#pulling.has(timeline)) return;
    this.#pulling.add(timeline);
    this.#owner.env.after(this.#owner.env.random() * pullSpread, () => {
      void this.#pull(timeline).finally(() => this.#pulling.delete(timeline));
    });
  }

  async #pull(timeline: Timeline): Promise<void> {
    const id = timeline.conversationId;
    for (let rounds = 0; timeline.synced && timeline.synced.seq < timeline.last && rounds < mostPulls; rounds += 1) {
      const after_seq = timeline.synced.seq;
      if (timeline.last - after_seq > this.#owner.catchUp) {
        timeline.leap();
        break;
      }
      try {
        await timeline.pull(() => this.#batch(id, after_seq));
      } catch {
        this.#fallBehind(timeline);
        return;
      }
      if (timeline.synced.seq === after_seq) break;
    }
    const newest = timeline.get(timeline.last);
    if (newest) this.#owner.conversations.newest(newest);
  }

  async #batch(conversation_id: string, after_seq: number): Promise<Message[]> {
    const { ask } = this.#owner;
    if (conversation_id === "world") {
      try {
        const query = { after_seq, limit: 500 };
        return (await ask<{ messages: Message[] }>("GET", "/chat/pull/lobby", { query })).messages;
      } catch (error) {
        if (!(error instanceof NetherLinkError) || error.status !== 404) throw error;
      }
    }
    return (await ask<History>("GET", "/chat/history", { query: { conversation_id, after_seq, limit: 200 } })).messages;
  }
}
