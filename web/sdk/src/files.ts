import type { Environment } from "./env.ts";
import { NetherLinkError } from "./errors.ts";
import type { Call } from "./http.ts";
import type { Outbox, Outgoing } from "./outbox.ts";
import type { KeyValue } from "./store.ts";
import type { Attachment, NewAttachment } from "./wire.ts";

export interface FilesOwner {
  env: Environment;
  store: KeyValue;
  outbox(): Outbox;
  call<T>(method: string, path: string, call?: Call): Promise<T>;
  online(): boolean;
}

const keyOf = (id: string) => `file:${id}`;
/** The first piece, and what a piece is at most, in bytes: between them as large as half a second allows, so that progress is seen. */
const firstPiece = 128 * 1024;
const largestPiece = 4 * 1024 * 1024;
const pieceTime = 500;
const longestPause = 30_000;
const keptLinks = 500;

/**
 * Files on their way, before the messages that refer to them: in pieces, going on where the last attempt ended, after a lost
 * connection and after a reload. One at a time in all tabs.
 */
export class Files {
  readonly #owner: FilesOwner;
  readonly #blobs = new Map<string, Blob>();
  readonly #aborts = new Map<string, AbortController>();
  readonly #links = new Map<string, { known: Promise<Attachment>; until: number }>();
  #waiting: (() => void)[] = [];

  constructor(owner: FilesOwner) {
    this.#owner = owner;
  }

  /** Keeps a file for as long as its message is not sent. */
  keep(entry: Outgoing, blob: Blob): void {
    this.#blobs.set(entry.client_msg_id, blob);
    void this.#owner.store.set(keyOf(entry.client_msg_id), blob).catch(() => undefined);
  }

  /** What an entry of the outbox is about to upload, after a reload too. */
  async blob(id: string): Promise<Blob | undefined> {
    return this.#blobs.get(id) ?? (await this.#owner.store.get<Blob>(keyOf(id)));
  }

  start(entry: Outgoing): void {
    const { env } = this.#owner;
    const abort = new AbortController();
    this.#aborts.set(entry.client_msg_id, abort);
    void env.exclusive("netherlink.upload", () => this.#run(entry, abort.signal)).catch(() => undefined);
  }

  /** The message was sent, or is not to be sent any more. */
  drop(entry: Outgoing, sent: boolean): void {
    const id = entry.client_msg_id;
    this.#aborts.get(id)?.abort();
    this.#aborts.delete(id);
    this.#blobs.delete(id);
    void this.#owner.store.delete(keyOf(id)).catch(() => undefined);
    const file = entry.file?.attachment_id;
    if (file && !sent) void this.#giveUp(file);
    this.#wake();
  }

  /** The connection is there (again). */
  flush(): void {
    this.#wake();
  }

  clear(): void {
    for (const one of this.#aborts.values()) one.abort();
    this.#aborts.clear();
    this.#blobs.clear();
    this.#links.clear();
    this.#wake();
  }

  /** What is known of a file, with links that work for a minute at least by this machine's clock. `fresh`: those told before do not. */
  get(id: string, fresh = false): Promise<Attachment> {
    const { env } = this.#owner;
    const kept = this.#links.get(id);
    if (kept && !fresh && kept.until > env.now()) return kept.known;
    const entry = {
      known: this.#owner.call<Attachment>("GET", `/attachments/${id}`),
      until: Number.POSITIVE_INFINITY,
    };
    if (this.#links.size >= keptLinks) this.#links.clear();
    this.#links.set(id, entry);
    entry.known.then(
      ({ url_expires_at }) => {
        entry.until = Date.parse(url_expires_at ?? "") - 60_000 || 0;
      },
      () => {
        if (this.#links.get(id) === entry) this.#links.delete(id);
      },
    );
    return entry.known;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) one();
  }

  /** So long, or until something changes. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#owner.env.after(ms, resolve);
      this.#waiting.push(() => {
        cancel();
        resolve();
      });
    });
  }

  /** The server keeps it no longer than it must; it refuses while the last piece is still coming in. */
  async #giveUp(id: string): Promise<void> {
    for (let tries = 0; tries < 5; tries += 1) {
      try {
        await this.#owner.call("DELETE", `/attachments/${id}`);
        return;
      } catch (error) {
        if (!(error instanceof NetherLinkError) || error.code !== "attachment.busy") return;
        await new Promise<void>((resolve) => this.#owner.env.after(1000, resolve));
      }
    }
  }

  async #run(entry: Outgoing, signal: AbortSignal): Promise<void> {
    const outbox = this.#owner.outbox();
    const wanted = () => !signal.aborted && outbox.has(entry, "uploading");
    const id = entry.client_msg_id;
    const blob = await this.blob(id);
    if (!wanted()) return;
    if (!blob) {
      // Another tab gave it up; or it was too large to be kept over a reload.
      await outbox.missing(entry);
      return;
    }
    let pause = 500;
    while (wanted()) {
      if (!this.#owner.online()) {
        await this.#pause(longestPause);
        continue;
      }
      const before = entry.file?.sent;
      try {
        const done = await this.#send(entry, blob, signal, wanted);
        if (!done) continue;
        outbox.uploaded(entry, done);
        return;
      } catch (error) {
        const known = error instanceof NetherLinkError ? error : new NetherLinkError("unknown", String(error));
        if (!wanted()) return;
        if (known.code === "resource.not_found" && entry.file?.attachment_id) {
          // It was forgotten meanwhile: from the beginning.
          delete entry.file.attachment_id;
          entry.file.sent = 0;
          continue;
        }
        const waits = known.code === "attachment.busy" || known.code === "attachment.wrong_offset";
        if (!known.temporary && !waits) {
          outbox.refused(entry, known.code);
          return;
        }
        pause = entry.file?.sent === before ? Math.min(longestPause, pause * 2) : 500;
        await this.#pause((known.retryAfterMs ?? 0) + pause * (0.5 + this.#owner.env.random() / 2));
      }
    }
  }

  /** Undefined: it is not wanted any more, or there is no connection. */
  async #send(
    entry: Outgoing,
    blob: Blob,
    signal: AbortSignal,
    wanted: () => boolean,
  ): Promise<Attachment | undefined> {
    const { call, env } = this.#owner;
    const outbox = this.#owner.outbox();
    const file = entry.file as NonNullable<Outgoing["file"]>;
    let known: Attachment;
    if (file.attachment_id) {
      known = await call<Attachment>("GET", `/attachments/${file.attachment_id}`, { signal });
    } else {
      const { name, size, type } = file;
      const body: NewAttachment = { name, size, ...(type ? { content_type: type } : {}) };
      known = await call<Attachment>("POST", "/attachments", { body });
      file.attachment_id = known.attachment_id;
      // Given up while the server was asked: it need not wait for the rest.
      if (!wanted()) void this.#giveUp(known.attachment_id);
    }
    let size = firstPiece;
    while (wanted() && this.#owner.online()) {
      file.sent = known.offset;
      outbox.moved(entry);
      if (known.status === "complete") return known;
      const most = Math.min(size, known.chunk_bytes ?? size);
      const raw = await blob
        .slice(known.offset, known.offset + most)
        .arrayBuffer()
        .catch(() => Promise.reject(new NetherLinkError("file.missing", "The file cannot be read any more")));
      const began = env.now();
      known = await call<Attachment>("PATCH", `/attachments/${known.attachment_id}`, {
        raw,
        headers: { "Upload-Offset": String(known.offset) },
        signal,
        timeoutMs: 60_000,
      });
      const took = Math.max(1, env.now() - began);
      size = Math.max(firstPiece, Math.min(largestPiece, size * 2, Math.round((most * pieceTime) / took)));
    }
    return undefined;
  }
}
