import { Emitter } from "./emitter.ts";
import type { Outgoing } from "./outbox.ts";
import type { History, Message, SyncedConversation } from "./wire.ts";

export interface TimelineEvents {
  /** Something to draw again: messages, their states, `last`, `pending`. */
  change: undefined;
  /** What is new, in order of seq, each once. */
  message: Message;
}

/** Everything up to `seq` is known to exist, and every change up to `revision` of what is held. */
export interface Mark {
  seq: number;
  revision: number;
}

export interface TimelineOwner {
  history(conversationId: string, bounds: { before_seq?: number; after_seq?: number; limit: number }): Promise<History>;
  pending(conversationId: string): Outgoing[];
  /** It has to be synced. */
  behind(timeline: Timeline): void;
}

const page = 100;
const enough = 1500;

/** Of two states of a message the one with the higher revision counts; deleting for oneself has none of its own. */
const newer = (a: Message, b: Message) =>
  a.revision > b.revision || (a.revision === b.revision && a.status === "deleted" && b.status !== "deleted");

/**
 * The messages of one conversation by `seq`, which has no gaps: 1, 2, 3 … `last`. What is not held yet is fetched by
 * `load`; what is held is kept as it is on the server, through lost connections too.
 */
export class Timeline {
  readonly conversationId: string;
  readonly events = new Emitter<TimelineEvents>();
  /** The newest that exists. */
  last = 0;
  /** The oldest that one may read, as far as is known. */
  first = 1;
  /** Undefined until the conversation was read for the first time. */
  synced: Mark | undefined;
  /** Nothing is missing up to `last`, while connected. */
  level = false;

  readonly #owner: TimelineOwner;
  readonly #held = new Map<number, Message>();
  /** Changes of messages that are not held while some are being fetched: the answer may be older than they. */
  readonly #late = new Map<number, Message>();
  readonly #asked = new Set<number>();
  #fetching = 0;
  #liveRevision = 0;
  #told = 0;
  #announced = false;
  /** Grows with each lost connection. */
  #losses = 0;

  constructor(conversationId: string, owner: TimelineOwner) {
    this.conversationId = conversationId;
    this.#owner = owner;
  }

  get(seq: number): Message | undefined {
    return this.#held.get(seq);
  }

  get size(): number {
    return this.#held.size;
  }

  /** Not acknowledged yet, in the order in which they were written. */
  get pending(): Outgoing[] {
    return this.#owner.pending(this.conversationId);
  }

  find(messageId: string): Message | undefined {
    for (const message of this.#held.values()) if (message.message_id === messageId) return message;
    return undefined;
  }

  /** Fetches what is not held of from … to, both included. Rejects when the server cannot be asked. */
  async load(from: number, to: number): Promise<void> {
    const end = Math.min(to, this.last);
    for (let seq = Math.max(from, this.first); seq <= end; seq += 1) {
      if (this.#held.has(seq) || this.#asked.has(seq)) continue;
      let stop = seq;
      while (stop < end && stop - seq + 1 < page && !this.#held.has(stop + 1) && !this.#asked.has(stop + 1)) stop += 1;
      await this.#fetch(seq, stop);
      seq = stop;
    }
  }

  /** The newest ones of a conversation that was never read here. */
  async begin(revision: number, limit = 50): Promise<void> {
    this.#fetching += 1;
    const losses = this.#losses;
    try {
      const { messages, has_more } = await this.#owner.history(this.conversationId, { limit });
      if (this.synced) return;
      this.#fetched(messages);
      const newest = messages.at(-1)?.seq ?? 0;
      const oldest = messages[0]?.seq ?? 1;
      if (!has_more) this.first = Math.max(this.first, oldest);
      this.last = Math.max(this.last, newest);
      this.synced = { seq: newest, revision };
      this.#told = newest;
      // Changes may have been missed while this was on its way: then only a sync makes it level.
      if (losses === this.#losses) {
        this.synced.revision = Math.max(revision, this.#liveRevision);
        this.level = true;
      }
      this.#advance();
    } finally {
      this.#done();
    }
    this.changed();
    if (!this.level || this.last > this.synced.seq) this.#lost();
  }

  async #fetch(from: number, to: number): Promise<void> {
    for (let seq = from; seq <= to; seq += 1) this.#asked.add(seq);
    this.#fetching += 1;
    try {
      const { messages } = await this.#owner.history(this.conversationId, {
        after_seq: from - 1,
        limit: to - from + 1,
      });
      this.#fetched(messages);
      // Numbers have no gaps: what is missing at the lower end is from before one joined.
      const oldest = messages[0]?.seq ?? to + 1;
      if (oldest > from) this.first = Math.max(this.first, Math.min(oldest, this.last));
    } finally {
      for (let seq = from; seq <= to; seq += 1) this.#asked.delete(seq);
      this.#done();
    }
    this.changed();
  }

  #fetched(messages: Message[]): void {
    for (const message of messages) {
      this.#put(message);
      const late = this.#late.get(message.seq);
      if (late) this.#put(late);
    }
  }

  #done(): void {
    this.#fetching -= 1;
    if (this.#fetching === 0) this.#late.clear();
  }

  #put(message: Message): void {
    const held = this.#held.get(message.seq);
    if (!held || newer(message, held)) this.#held.set(message.seq, message);
    this.last = Math.max(this.last, message.seq);
  }

  /** From the socket, or by an ack of one's own. */
  live(message: Message): void {
    this.#put(message);
    if (this.level && this.synced) {
      this.#advance();
      if (this.synced.seq < message.seq) this.#lost();
    }
    this.changed();
  }

  updated(message: Message): void {
    if (this.#held.has(message.seq)) this.#put(message);
    else if (this.#fetching > 0) this.#keepLate(message);
    this.#liveRevision = Math.max(this.#liveRevision, message.revision);
    if (this.level && this.synced) this.synced.revision = Math.max(this.synced.revision, message.revision);
    this.changed();
  }

  #keepLate(message: Message): void {
    const late = this.#late.get(message.seq);
    if (!late || newer(message, late)) this.#late.set(message.seq, message);
  }

  /** There are messages up to here which were not sent to us. True if they have to be pulled. */
  available(to: number): boolean {
    this.last = Math.max(this.last, to);
    this.changed();
    return this.synced !== undefined && this.synced.seq < this.last;
  }

  /** A batch of what was announced: from synced.seq + 1 on. */
  async pull(fetch: () => Promise<Message[]>): Promise<void> {
    this.#fetching += 1;
    try {
      this.#fetched(await fetch());
      this.#advance();
    } finally {
      this.#done();
    }
    this.changed();
  }

  /** The connection broke: what comes from now on has to be joined to what is known by a sync. */
  disconnected(): void {
    this.level = false;
    this.#losses += 1;
    this.#liveRevision = 0;
  }

  #lost(): void {
    this.level = false;
    this.#owner.behind(this);
  }

  /** The answer to a sync that was asked from `synced` on. */
  caughtUp(result: SyncedConversation): void {
    const mark = this.synced;
    if (!mark) return;
    for (const message of result.messages) this.#put(message);
    for (const message of result.updates) {
      if (this.#held.has(message.seq)) this.#put(message);
      else if (this.#fetching > 0) this.#keepLate(message);
    }
    this.last = Math.max(this.last, result.last_seq);
    if (result.complete) {
      mark.revision = Math.max(mark.revision, result.revision, this.#liveRevision);
      this.level = true;
    } else {
      mark.revision = Math.max(mark.revision, result.updates.at(-1)?.revision ?? 0);
    }
    this.#advance();
    // Numbers that were not sent although they are below what was: from before one joined.
    const oldest = result.messages[0]?.seq;
    if (oldest && oldest > mark.seq + 1) {
      mark.seq = oldest - 1;
      this.#told = mark.seq;
      this.#advance();
    }
    this.changed();
  }

  /** Too much was missed to fetch it all: only what is looked at is fetched again. */
  skip(mark: Mark): void {
    this.#held.clear();
    this.synced = { ...mark };
    this.last = Math.max(this.last, mark.seq);
    this.#told = mark.seq;
    this.level = true;
    this.changed();
  }

  /** Too many were announced: those in between are fetched when they are looked at. */
  leap(): void {
    if (!this.synced) return;
    this.synced.seq = this.last;
    this.#told = this.last;
  }

  #advance(): void {
    const mark = this.synced;
    if (!mark) return;
    while (this.#held.has(mark.seq + 1)) mark.seq += 1;
    while (this.#told < mark.seq) {
      this.#told += 1;
      const message = this.#held.get(this.#told);
      if (message) this.events.emit("message", message);
    }
  }

  /** Lets go of what is far from from … to, once a lot is held. */
  trim(from: number, to: number): void {
    if (this.#held.size <= enough) return;
    const keep = enough / 4;
    for (const seq of this.#held.keys()) {
      const inView = seq >= from - keep && seq <= to + keep;
      if (!inView && seq <= (this.synced?.seq ?? 0) - keep) this.#held.delete(seq);
    }
  }

  /** The newest run without a hole, to be read without a connection. */
  snapshot(limit = 80): { messages: Message[]; synced: Mark } | undefined {
    if (!this.synced) return undefined;
    const messages: Message[] = [];
    for (let seq = this.synced.seq; messages.length < limit; seq -= 1) {
      const message = this.#held.get(seq);
      if (!message) break;
      messages.unshift(message);
    }
    return { messages, synced: { ...this.synced } };
  }

  restore({ messages, synced }: { messages: Message[]; synced: Mark }): void {
    if (this.synced) return;
    for (const message of messages) this.#put(message);
    this.synced = { ...synced };
    this.last = Math.max(this.last, synced.seq);
    this.#told = synced.seq;
    this.changed();
  }

  /** Many changes of one turn are one event. */
  changed(): void {
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      this.events.emit("change", undefined);
    });
  }
}
