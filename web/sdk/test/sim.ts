// A server, a network and a clock that exist only here: everything that happens is decided by one seed.
import {
  Client,
  type Environment,
  type Message,
  memorySession,
  memoryStore,
  type SocketLike,
} from "@netherlink/client";
import { SimFiles } from "./sim-files.ts";

export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }
  /** 0 <= x < 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
  chance(p: number): boolean {
    return this.next() < p;
  }
}

export class Clock {
  now = 1_700_000_000_000;
  #queue: { at: number; order: number; run: () => void }[] = [];
  #order = 0;

  after(ms: number, run: () => void): () => void {
    const entry = { at: this.now + Math.max(0, ms), order: this.#order++, run };
    this.#queue.push(entry);
    return () => {
      const at = this.#queue.indexOf(entry);
      if (at >= 0) this.#queue.splice(at, 1);
    };
  }

  /** Lets everything happen that is due within so many milliseconds, in order. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    await settled();
    for (;;) {
      let next = this.#queue[0];
      for (const entry of this.#queue) {
        if (next && (entry.at < next.at || (entry.at === next.at && entry.order < next.order))) next = entry;
      }
      if (!next || next.at > end) break;
      this.#queue.splice(this.#queue.indexOf(next), 1);
      this.now = Math.max(this.now, next.at);
      next.run();
      await settled();
    }
    this.now = end;
  }
}

/** Everything that waits for nothing but promises has run. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Stored extends Message {
  deletedFor: Set<string>;
}

interface Line {
  user: string;
  socket: SimSocket;
  /** Nothing arrives before what was sent earlier. */
  toClient: number;
  toServer: number;
  open: boolean;
}

class SimSocket implements SocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly #send: (text: string) => void;
  readonly #close: () => void;
  constructor(send: (text: string) => void, close: () => void) {
    this.#send = send;
    this.#close = close;
  }
  send(text: string) {
    this.#send(text);
  }
  close() {
    this.#close();
  }
}

export class World {
  readonly clock = new Clock();
  readonly random: Random;
  readonly messages = new Map<string, Stored[]>();
  readonly revisions = new Map<string, number>();
  /** What was committed, by sender and client_msg_id. */
  readonly sent = new Map<string, Stored>();
  readonly lines = new Set<Line>();
  readonly conversations = ["world", "group_7"];
  up = true;
  /** How bad the network is. */
  duplicates = 0.05;
  failures = 0.1;
  /** Messages in the world are announced, not sent. */
  storm = false;
  readonly files: SimFiles;
  #id = 1000;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.files = new SimFiles(this.random);
    for (const id of this.conversations) {
      this.messages.set(id, []);
      this.revisions.set(id, 0);
    }
  }

  person(id: string, store = memoryStore()): Client {
    const clock = this.clock;
    const environment: Environment = {
      now: () => clock.now,
      after: (ms, run) => clock.after(ms, run),
      random: () => this.random.next(),
      exclusive: (_name, run) => run(),
      socket: () => this.#connect(id),
      fetch: (url, init) => this.#fetch(id, url, init),
    };
    const user = {
      id,
      username: `u${id}`,
      nickname: `U${id}`,
      avatar_url: "",
      bio: "",
      email: "",
      email_verified: false,
      created_at: "2026-01-01T00:00:00.000Z",
    };
    const session = {
      access_token: `t${id}`,
      refresh_token: "r",
      session_id: "1",
      expires_at: clock.now + 900_000,
      user,
    };
    return new Client({
      url: "http://sim",
      environment,
      session: memorySession(session),
      store,
      share: false,
      catchUp: 1e9,
    });
  }

  // --- The network

  #connect(user: string): SocketLike {
    const line: Line = {
      user,
      toClient: 0,
      toServer: 0,
      open: true,
      socket: new SimSocket(
        (text) => this.#towards(line, "toServer", () => this.up && this.#command(line, JSON.parse(text))),
        () => {
          line.open = false;
          this.lines.delete(line);
        },
      ),
    };
    this.clock.after(5 + this.random.below(60), () => {
      if (!line.open) return;
      if (!this.up || this.random.chance(this.failures)) {
        this.cut(line);
        return;
      }
      this.lines.add(line);
      this.#welcome(line);
    });
    return line.socket;
  }

  #towards(line: Line, way: "toClient" | "toServer", run: () => void): void {
    const at = Math.max(line[way], this.clock.now + 1 + this.random.below(80));
    line[way] = at;
    this.clock.after(at - this.clock.now, () => line.open && run());
  }

  #tell(line: Line, frame: unknown): void {
    const copies = this.random.chance(this.duplicates) ? 2 : 1;
    for (let n = 0; n < copies; n += 1) {
      this.#towards(line, "toClient", () => line.socket.onmessage?.({ data: JSON.stringify(frame) }));
    }
  }

  /** Breaks a connection; `silently`: neither side is told. */
  cut(line: Line, silently = false, code = 1006): void {
    line.open = false;
    this.lines.delete(line);
    if (!silently) this.clock.after(1, () => line.socket.onclose?.({ code }));
  }

  // --- The server

  #welcome(line: Line): void {
    const conversations = this.conversations.map((id) => this.#conversation(id));
    const heartbeat = { interval: 30, min_interval: 5, max_interval: 180, probe_count: 3 };
    const user = {
      id: line.user,
      username: "u",
      nickname: "U",
      avatar_url: "",
      bio: "",
      email: "",
      created_at: "2026-01-01T00:00:00.000Z",
    };
    this.#tell(line, {
      type: "welcome",
      data: {
        session_id: "1",
        user,
        instance: "sim",
        server_time: this.#time(),
        heartbeat,
        conversations,
        more: false,
      },
    });
  }

  #time(): string {
    return new Date(this.clock.now).toISOString();
  }

  #conversation(id: string) {
    const all = this.messages.get(id) ?? [];
    return {
      conversation_id: id,
      kind: id === "world" ? "world" : "group",
      target_id: null,
      name: id,
      last_seq: all.length,
      revision: this.revisions.get(id) ?? 0,
      read_seq: 0,
      delivered_seq: 0,
      unread: all.length,
      last_message: all.length ? this.seen(all[all.length - 1] as Stored) : null,
      pinned: false,
      muted: false,
      updated_at: this.#time(),
    };
  }

  seen({ deletedFor: _, ...message }: Stored): Message {
    return structuredClone(message);
  }

  #command(line: Line, frame: { type: string; id: string; data: Record<string, unknown> }): void {
    const { data, id } = frame;
    switch (frame.type) {
      case "ping":
        this.#tell(line, { type: "pong", id, data: { server_time: this.#time() } });
        break;
      case "sync":
        this.#tell(line, { type: "sync.result", id, data: this.#sync(data) });
        break;
      case "message.send":
        if (this.random.chance(0.03)) {
          this.#tell(line, {
            type: "error",
            id,
            data: { code: "server.unavailable", message: "Later", retry_after_ms: 200 },
          });
        } else {
          this.#commit(line, id, data);
        }
        break;
      default:
        this.#tell(line, { type: "ok", id, data: {} });
    }
  }

  #commit(line: Line, id: string, data: Record<string, unknown>): void {
    const conversation_id = data.conversation_id as string;
    const all = this.messages.get(conversation_id) ?? [];
    const name = `${line.user} ${conversation_id} ${data.client_msg_id}`;
    const known = this.sent.get(name);
    const message: Stored = known ?? {
      message_id: String(this.#id++),
      conversation_id,
      seq: all.length + 1,
      revision: 0,
      sender_id: line.user,
      client_msg_id: data.client_msg_id as string,
      kind: data.kind as Message["kind"],
      content: data.content as string,
      ...(data.extra ? { extra: data.extra as Record<string, unknown> } : {}),
      reactions: [],
      status: "normal",
      sent_at: this.#time(),
      deletedFor: new Set(),
    };
    if (!known) {
      all.push(message);
      this.sent.set(name, message);
    }
    const { message_id, client_msg_id, seq, sent_at } = message;
    this.#tell(line, {
      type: "message.ack",
      id,
      data: { message_id, client_msg_id, seq, sent_at, conversation_id, duplicate: known !== undefined },
    });
    if (known) return;
    for (const other of this.lines) {
      if (other === line) continue;
      if (this.storm && conversation_id === "world") {
        this.#tell(other, {
          type: "messages.available",
          data: { conversation_id, from_seq: seq, to_seq: seq, count: 1 },
        });
      } else {
        this.#tell(other, { type: "message.new", data: { message: this.seen(message) } });
      }
    }
  }

  /** Somebody edits or reacts to a message. */
  change(conversationId: string): void {
    const all = this.messages.get(conversationId) ?? [];
    const message = all[this.random.below(Math.max(1, all.length))];
    if (!message) return;
    const revision = (this.revisions.get(conversationId) ?? 0) + 1;
    this.revisions.set(conversationId, revision);
    message.revision = revision;
    message.status = "edited";
    message.content = `${message.content.split("#")[0]}#${revision}`;
    for (const line of this.lines) this.#tell(line, { type: "message.updated", data: { message: this.seen(message) } });
  }

  #sync(data: Record<string, unknown>) {
    const limit = 7;
    const asked = data.conversations as { conversation_id: string; after_seq: number; after_revision: number }[];
    return {
      conversations: asked.map(({ conversation_id, after_seq, after_revision }) => {
        const all = this.messages.get(conversation_id) ?? [];
        const messages = all.slice(after_seq, after_seq + limit).map((one) => this.seen(one));
        const changed = all
          .slice(0, after_seq)
          .filter((one) => one.revision > after_revision)
          .sort((a, b) => a.revision - b.revision);
        const updates = changed.slice(0, limit).map((one) => this.seen(one));
        const complete = after_seq + messages.length >= all.length && updates.length === changed.length;
        return {
          conversation_id,
          messages,
          updates,
          last_seq: all.length,
          revision: this.revisions.get(conversation_id) ?? 0,
          complete,
        };
      }),
    };
  }

  #fetch(user: string, url: string, init: RequestInit): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.clock.after(1 + this.random.below(120), () => {
        if (!this.up || this.random.chance(this.failures)) {
          reject(new TypeError("no network"));
          return;
        }
        const answer = this.#answer(user, new URL(url), init);
        // The answer is of now, and arrives later, if at all.
        const gone = !answer || this.random.chance(this.failures / 3);
        this.clock.after(1 + this.random.below(120), () =>
          gone ? reject(new TypeError("no network")) : resolve(answer),
        );
      });
    });
  }

  /** Undefined: the connection broke in the middle of what was asked. */
  #answer(user: string, url: URL, init: RequestInit): Response | undefined {
    const path = url.pathname.replace("/api/v1", "");
    if (path.startsWith("/attachments")) return this.files.answer(path, init, this.failures);
    const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
    if (path === "/users/me") return json({ id: user });
    if (path === "/auth/refresh")
      return json({
        access_token: `t${user}`,
        refresh_token: "r",
        token_type: "Bearer",
        expires_in: 900,
        session_id: "1",
      });
    if (path === "/conversations")
      return json({ items: this.conversations.map((id) => this.#conversation(id)), next_cursor: null });
    if (path.startsWith("/chat/messages/")) {
      for (const all of this.messages.values())
        for (const one of all) if (path.endsWith(`/${one.message_id}`)) return json(this.seen(one));
    }
    if (path === "/chat/history") {
      const all = this.messages.get(url.searchParams.get("conversation_id") ?? "") ?? [];
      const limit = Number(url.searchParams.get("limit") ?? 50);
      const after = url.searchParams.get("after_seq");
      const from = after === null ? Math.max(0, all.length - limit) : Number(after);
      const messages = all.slice(from, from + limit).map((one) => this.seen(one));
      return json({ messages, has_more: after === null ? from > 0 : from + limit < all.length });
    }
    if (path === "/chat/pull/lobby") {
      const all = this.messages.get("world") ?? [];
      const after = Number(url.searchParams.get("after_seq"));
      return json({
        messages: all.slice(after, after + 9).map((one) => this.seen(one)),
        last_seq: all.length,
        complete: true,
      });
    }
    return json({ type: "about:blank", title: "No", status: 404, detail: "No", code: "resource.not_found" }, 404);
  }
}
