import type { Environment } from "./env.ts";
import { NetherLinkError } from "./errors.ts";
import type { KeyValue } from "./store.ts";
import type { Ack, Attachment, Mention, Quote } from "./wire.ts";

/** A message on its way. */
export interface Outgoing {
  client_msg_id: string;
  conversation_id: string;
  kind: "text" | "image" | "file" | "emoji" | "custom" | "encrypted";
  content: string;
  extra?: Record<string, unknown>;
  reply_to?: string;
  quote?: Quote;
  mentions?: Mention[];
  /** Milliseconds since 1970, by this machine's clock. */
  created_at: number;
  /** What has to be uploaded before: `sent` of `size` bytes are there. */
  file?: { name: string; size: number; type: string; sent: number; attachment_id?: string };
  /** `failed` ones wait for `retry` or `discard`. */
  state: "uploading" | "queued" | "sending" | "failed";
  /** Why it failed. */
  error?: string;
}

export interface OutboxOwner {
  /** May messages be sent now, those of other tabs too? */
  mode(): "no" | "own" | "all";
  transmit(message: Outgoing): Promise<Ack>;
  acked(message: Outgoing, ack: Ack): void;
  changed(conversationId: string): void;
  /** A file goes first: `uploaded`, `moved`, `refused` or `missing` is called of it. */
  upload(message: Outgoing): void;
  /** A file need not be kept any more. */
  drop(message: Outgoing, sent: boolean): void;
}

const prefix = "outbox:";
const longestPause = 30_000;

/**
 * Messages without an acknowledgement, in order, kept over reloads. Each conversation has one on the way at a time, which
 * keeps their order whatever fails between.
 */
export class Outbox {
  readonly #store: KeyValue;
  readonly #env: Environment;
  readonly #owner: OutboxOwner;
  readonly #entries = new Map<string, Outgoing>();
  readonly #keys = new Map<string, string>();
  readonly #own = new Set<string>();
  readonly #busy = new Set<string>();
  readonly #pauses = new Map<string, number>();
  #count = 0;

  constructor(store: KeyValue, env: Environment, owner: OutboxOwner) {
    this.#store = store;
    this.#env = env;
    this.#owner = owner;
  }

  /** What was left by an earlier visit, or by a tab that is gone. */
  async load(): Promise<void> {
    for (const [key, entry] of await this.#store.entries<Outgoing>(prefix)) {
      if (this.#entries.has(entry.client_msg_id)) continue;
      if (entry.state === "sending") entry.state = "queued";
      this.#entries.set(entry.client_msg_id, entry);
      this.#keys.set(entry.client_msg_id, key);
      this.#owner.changed(entry.conversation_id);
      if (entry.state === "uploading") this.#owner.upload(entry);
    }
    this.flush();
  }

  /** In the order in which they were written. */
  of(conversationId: string): Outgoing[] {
    return [...this.#entries.values()].filter((entry) => entry.conversation_id === conversationId);
  }

  get size(): number {
    return this.#entries.size;
  }

  add(entry: Outgoing): void {
    this.#count += 1;
    const key = `${prefix}${String(entry.created_at).padStart(15, "0")}:${String(this.#count).padStart(6, "0")}`;
    this.#entries.set(entry.client_msg_id, entry);
    this.#keys.set(entry.client_msg_id, key);
    this.#own.add(entry.client_msg_id);
    this.#save(entry);
    this.#owner.changed(entry.conversation_id);
    if (entry.state === "uploading") this.#owner.upload(entry);
    else this.#pump(entry.conversation_id);
  }

  retry(clientMsgId: string): void {
    const entry = this.#entries.get(clientMsgId);
    if (entry?.state !== "failed") return;
    this.#own.add(clientMsgId);
    this.#become(entry, entry.file ? "uploading" : "queued");
    if (entry.file) this.#owner.upload(entry);
    else this.#pump(entry.conversation_id);
  }

  // --- Files

  /** Is it still to be sent, and in that state? */
  has(entry: Outgoing, state: Outgoing["state"]): boolean {
    return this.#entries.get(entry.client_msg_id) === entry && entry.state === state;
  }

  /** More of its file is on the server. */
  moved(entry: Outgoing): void {
    this.#save(entry);
    this.#owner.changed(entry.conversation_id);
  }

  /** Its file is on the server: now it can be sent. What cannot be shown is no image. */
  uploaded(entry: Outgoing, file: Attachment): void {
    const { attachment_id, name, size, content_type, width, height, preview } = file;
    entry.extra = { ...entry.extra, attachment_id, name, size, content_type };
    if (width) Object.assign(entry.extra, { width, height, preview });
    else if (entry.kind === "image") entry.kind = "file";
    this.#become(entry, "queued");
    this.#pump(entry.conversation_id);
  }

  refused(entry: Outgoing, code: string): void {
    this.#become(entry, "failed", code);
  }

  /** There is no file: another tab gave it up, or it could not be kept. */
  async missing(entry: Outgoing): Promise<void> {
    const key = this.#keys.get(entry.client_msg_id);
    const kept = key && (await this.#store.get(key));
    if (!this.has(entry, "uploading")) return;
    if (kept) this.refused(entry, "file.missing");
    else this.discard(entry.client_msg_id);
  }

  /** Gives it up. One that is being sent may arrive all the same. */
  discard(clientMsgId: string): Outgoing | undefined {
    const entry = this.#entries.get(clientMsgId);
    if (entry) {
      this.#forget(entry, false);
      this.#owner.changed(entry.conversation_id);
    }
    return entry;
  }

  /** The server was seen to have it. */
  settle(clientMsgId: string): void {
    const entry = this.#entries.get(clientMsgId);
    if (entry) this.#forget(entry);
  }

  /** The connection is there (again). */
  flush(): void {
    for (const id of new Set([...this.#entries.values()].map((entry) => entry.conversation_id))) this.#pump(id);
  }

  clear(): void {
    this.#entries.clear();
    this.#keys.clear();
  }

  #save(entry: Outgoing): void {
    const key = this.#keys.get(entry.client_msg_id);
    if (key) void this.#store.set(key, entry).catch(() => undefined);
  }

  #forget(entry: Outgoing, sent = true): void {
    const key = this.#keys.get(entry.client_msg_id);
    this.#entries.delete(entry.client_msg_id);
    this.#keys.delete(entry.client_msg_id);
    this.#own.delete(entry.client_msg_id);
    if (key) void this.#store.delete(key).catch(() => undefined);
    if (entry.file) this.#owner.drop(entry, sent);
  }

  #become(entry: Outgoing, state: Outgoing["state"], error?: string): void {
    entry.state = state;
    if (error) entry.error = error;
    else delete entry.error;
    if (state !== "sending") this.#save(entry);
    this.#owner.changed(entry.conversation_id);
  }

  #pump(conversationId: string): void {
    const mode = this.#owner.mode();
    if (mode === "no" || this.#busy.has(conversationId)) return;
    const entry = this.of(conversationId).find(
      (one) => one.state === "queued" && (mode === "all" || this.#own.has(one.client_msg_id)),
    );
    if (!entry) return;
    this.#busy.add(conversationId);
    this.#become(entry, "sending");
    this.#owner.transmit(entry).then(
      (ack) => {
        this.#pauses.delete(conversationId);
        this.#busy.delete(conversationId);
        if (this.#entries.has(entry.client_msg_id)) {
          this.#forget(entry);
          this.#owner.acked(entry, ack);
        }
        this.#pump(conversationId);
      },
      (error: unknown) => this.#refused(entry, error),
    );
  }

  #refused(entry: Outgoing, error: unknown): void {
    const id = entry.conversation_id;
    const known = error instanceof NetherLinkError ? error : new NetherLinkError("unknown", String(error));
    if (!this.#entries.has(entry.client_msg_id)) {
      this.#busy.delete(id);
      this.#pump(id);
    } else if (known.code === "connection.lost") {
      this.#busy.delete(id);
      this.#become(entry, "queued");
      this.#pump(id);
    } else if (known.temporary) {
      const pause = Math.min(longestPause, (this.#pauses.get(id) ?? 500) * 2);
      this.#pauses.set(id, pause);
      this.#become(entry, "queued");
      this.#env.after((known.retryAfterMs ?? 0) + pause * (0.5 + this.#env.random() / 2), () => {
        this.#busy.delete(id);
        this.#pump(id);
      });
    } else {
      this.#busy.delete(id);
      this.#become(entry, "failed", known.code);
      this.#pump(id);
    }
  }
}
