import { Connection, type Link, type LinkState, type ServerFrame } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { browserEnvironment, type Environment } from "./env.ts";
import { NetherLinkError } from "./errors.ts";
import { browserSession, type Call, Http, memorySession, type Session, type SessionStore } from "./http.ts";
import { Marks } from "./marks.ts";
import { Outbox, type Outgoing } from "./outbox.ts";
import { otherOf, sentMessage, singleId } from "./sent.ts";
import { browserStore, type KeyValue, memoryStore } from "./store.ts";
import { canShare, SharedLink } from "./tabs.ts";
import { Timeline } from "./timeline.ts";
import type {
  Ack,
  ClientConfig,
  ClientFrames,
  Conversation,
  Device,
  Friend,
  History,
  Login,
  Message,
  OwnUser,
  Receipts,
  RegisterRequest,
  ServerFrames,
  SyncedConversation,
  User,
} from "./wire.ts";

export interface ClientOptions {
  /** Of the server, e.g. `https://play.example.org`; in a browser the page's own by default. */
  url?: string;
  device?: Device;
  /** In a browser by default: localStorage and IndexedDB, shared by all tabs; elsewhere memory. */
  session?: SessionStore;
  store?: KeyValue;
  /** One socket for all tabs (true in browsers). */
  share?: boolean;
  /** Of how many missed messages a conversation is brought level one by one; above, only what is looked at is fetched. */
  catchUp?: number;
  environment?: Environment;
}

/** Events of the server by their frame's type, and these. */
export interface ClientEvents extends ServerFrames {
  connection: LinkState;
  /** The list of conversations changed. */
  conversations: undefined;
  /** Somebody signed in (or the session was found again), or out: then `null`, with the server's code. */
  session: { user: OwnUser | null; code?: string };
  /** A message of somebody else, as it is told live; in order, but for every message use a timeline. */
  incoming: Message;
  /** Every frame, those that this SDK does not know too. */
  frame: { type: string; data: unknown };
}

export interface Draft {
  /** Where to; or `to`, a person. */
  conversation?: string;
  to?: string;
  content: string;
  kind?: Outgoing["kind"];
  extra?: Record<string, unknown>;
  replyTo?: Message;
  mentions?: string[];
}

const listKey = "conversations";
const timelineKey = (id: string) => `timeline:${id}`;
const inBrowser = () => typeof window !== "undefined" && typeof localStorage !== "undefined";

/** A person's connection to a NetherLink server. */
export class Client {
  readonly events = new Emitter<ClientEvents>();
  readonly http: Http;
  readonly link: Link;
  readonly outbox: Outbox;
  /** By id, as far as they are known. */
  readonly conversations = new Map<string, Conversation>();
  /** How far others have got, by conversation and person. */
  readonly receipts = new Map<string, Map<string, { delivered_seq: number; read_seq: number }>>();

  readonly #env: Environment;
  readonly #store: KeyValue;
  readonly #device: Device;
  readonly #catchUp: number;
  readonly #marks: Marks;
  readonly #timelines = new Map<string, Timeline>();
  readonly #behind = new Set<Timeline>();
  readonly #beginning = new Set<Timeline>();
  readonly #users = new Map<string, User>();
  readonly #asking = new Map<string, Promise<User>>();
  readonly #typed = new Map<string, number>();
  readonly #pulling = new Set<Timeline>();
  #syncing = false;
  #saving: (() => void) | undefined;
  #announced = false;
  #count = 0;
  #watched: string[] = [];
  #lobby = true;

  constructor(options: ClientOptions = {}) {
    const browser = inBrowser();
    const url = (options.url ?? (browser ? location.origin : "http://127.0.0.1:8080")).replace(/\/$/, "");
    this.#env = options.environment ?? browserEnvironment();
    this.#store = options.store ?? (browser ? browserStore("netherlink") : memoryStore());
    this.#device = options.device ?? {};
    this.#catchUp = options.catchUp ?? 1000;
    const sessions = options.session ?? (browser ? browserSession() : memorySession());
    this.http = new Http(url, this.#env, sessions, (code) => this.#signedOut(code));
    const connection = new Connection(`${url.replace(/^http/, "ws")}/ws`, this.http, this.#env);
    const share = options.share ?? (browser && canShare());
    this.link = share
      ? new SharedLink(connection, "netherlink.socket", this.#env, () => this.user?.id ?? "")
      : connection;
    this.#marks = new Marks(this.#env, (kind, conversation_id, seq) =>
      this.link.request(kind, { conversation_id, seq }),
    );
    this.outbox = new Outbox(this.#store, this.#env, {
      mode: () =>
        this.link.state.phase !== "online" ? "no" : this.link instanceof SharedLink && !this.link.leads ? "own" : "all",
      transmit: (message) => this.#transmit(message),
      acked: (message, ack) => void this.#acked(message, ack),
      changed: (id) => this.#timelines.get(id)?.changed(),
    });
    this.link.events.on("state", (state) => {
      if (state.phase !== "online") for (const timeline of this.#timelines.values()) timeline.disconnected();
      this.events.emit("connection", state);
    });
    this.link.events.on("frame", (frame) => this.#heard(frame));
  }

  on<Name extends keyof ClientEvents>(name: Name, listener: (value: ClientEvents[Name]) => void): () => void {
    return this.events.on(name, listener);
  }

  // --- Sessions

  get session(): Session | null {
    return this.http.session;
  }

  get user(): OwnUser | null {
    return this.session?.user ?? null;
  }

  async register(request: RegisterRequest): Promise<OwnUser> {
    return this.#begin(
      await this.http.call<Login>("POST", "/auth/register", {
        body: { device: this.#device, ...request },
        signed: false,
      }),
    );
  }

  async login(username: string, password: string): Promise<OwnUser> {
    const body = { username, password, device: this.#device };
    return this.#begin(await this.http.call<Login>("POST", "/auth/login", { body, signed: false }));
  }

  /** Where the server allows guests; `code` is of a link to a room or group. */
  async guest(nickname: string, code?: string): Promise<OwnUser> {
    const body = code ? { nickname, code } : { nickname };
    return this.#begin(await this.http.call<Login>("POST", "/auth/guest", { body, signed: false }));
  }

  #begin(login: Login): OwnUser {
    this.http.begin(login);
    this.events.emit("session", { user: login.user });
    return login.user;
  }

  /** Connects, with what was kept from the last visit at hand at once. */
  async start(): Promise<void> {
    if (!this.user) throw new NetherLinkError("session.none", "Nobody is signed in", { status: 401 });
    const owner = await this.#store.get<string>("owner");
    if (owner !== this.user.id) {
      await this.#store.clear();
      await this.#store.set("owner", this.user.id);
    }
    for (const one of (await this.#store.get<Conversation[]>(listKey)) ?? []) {
      if (!this.conversations.has(one.conversation_id)) this.conversations.set(one.conversation_id, one);
    }
    for (const [, user] of await this.#store.entries<User>("user:"))
      if (!this.#users.has(user.id)) this.#users.set(user.id, user);
    this.#listChanged();
    await this.outbox.load();
    this.link.start();
  }

  /** Disconnects; the session goes on. */
  stop(): void {
    this.link.stop();
  }

  async logout(): Promise<void> {
    await this.http.call("POST", "/auth/logout").catch(() => undefined);
    this.http.end("session.none");
  }

  #signedOut(code: string): void {
    this.link.stop();
    this.conversations.clear();
    this.receipts.clear();
    this.#timelines.clear();
    this.#behind.clear();
    this.#users.clear();
    this.#marks.clear();
    this.outbox.clear();
    this.#saving?.();
    this.#saving = undefined;
    void this.#store.clear().catch(() => undefined);
    this.events.emit("session", { user: null, code });
  }

  // --- Requests

  /** Any REST call below /api/v1. */
  call<T>(method: string, path: string, call?: Call): Promise<T> {
    return this.http.call<T>(method, path, call);
  }

  /** All pages of a list, or `most` of its items. */
  async all<T>(path: string, query: Call["query"] = {}, most = 1000): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await this.call<{ items: T[]; next_cursor: string | null }>("GET", path, {
        query: { limit: 200, ...query, ...(cursor ? { cursor } : {}) },
      });
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor && items.length < most);
    return items;
  }

  config(): Promise<ClientConfig> {
    return this.call<ClientConfig>("GET", "/client-config", { signed: false });
  }

  friends(): Promise<Friend[]> {
    return this.all<Friend>("/friends");
  }

  async updateProfile(change: { nickname?: string; avatar_url?: string; bio?: string }): Promise<OwnUser> {
    const user = await this.call<OwnUser>("PATCH", "/users/me", { body: change });
    this.http.rename(user);
    this.events.emit("session", { user });
    return user;
  }

  /** Somebody's profile, if it is known already; else it is fetched, and `users` tells. */
  known(id: string): User | undefined {
    const me = this.user;
    return me?.id === id ? me : this.#users.get(id);
  }

  async profile(id: string, fresh = false): Promise<User> {
    const known = this.known(id);
    if (known && !fresh) return known;
    const asking =
      this.#asking.get(id) ??
      this.call<User>("GET", `/users/${id}`)
        .then((user) => this.remember(user))
        .finally(() => this.#asking.delete(id));
    this.#asking.set(id, asking);
    return asking;
  }

  remember(user: User): User {
    this.#users.set(user.id, user);
    void this.#store.set(`user:${user.id}`, user).catch(() => undefined);
    return user;
  }

  // --- Conversations

  /** Pinned first, then changed last first. */
  list(): Conversation[] {
    const time = (one: Conversation) => one.last_message?.sent_at ?? one.updated_at;
    return [...this.conversations.values()].sort(
      (a, b) => Number(b.pinned) - Number(a.pinned) || (time(a) < time(b) ? 1 : -1),
    );
  }

  async refreshConversations(): Promise<void> {
    const all = await this.all<Conversation>("/conversations");
    for (const one of all) this.#merge(one);
    const ids = new Set(all.map((one) => one.conversation_id));
    for (const id of this.conversations.keys()) if (!ids.has(id)) this.conversations.delete(id);
    this.#listChanged();
  }

  async changeConversation(id: string, change: { pinned?: boolean; muted?: boolean }): Promise<void> {
    this.#merge(await this.call<Conversation>("PATCH", `/conversations/${id}`, { body: change }));
    this.#listChanged();
  }

  /** What the server says now, but marks and heads never go back. */
  #merge(fresh: Conversation): Conversation {
    const known = this.conversations.get(fresh.conversation_id);
    if (known) {
      fresh.read_seq = Math.max(fresh.read_seq, known.read_seq);
      if (known.last_seq > fresh.last_seq) {
        fresh.last_seq = known.last_seq;
        fresh.last_message = known.last_message;
      }
      fresh.revision = Math.max(fresh.revision, known.revision);
    }
    fresh.unread = Math.max(0, fresh.last_seq - fresh.read_seq);
    this.conversations.set(fresh.conversation_id, fresh);
    const timeline = this.#timelines.get(fresh.conversation_id);
    if (timeline && fresh.last_seq > timeline.last) {
      timeline.last = fresh.last_seq;
      timeline.changed();
    }
    return fresh;
  }

  #listChanged(): void {
    this.#saveSoon();
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      this.events.emit("conversations", undefined);
    });
  }

  /** The messages of a conversation, kept level from now on. */
  timeline(id: string): Timeline {
    const known = this.#timelines.get(id);
    if (known) return known;
    const timeline = new Timeline(id, {
      history: (conversation_id, bounds) =>
        this.call<History>("GET", "/chat/history", { query: { conversation_id, ...bounds } }),
      pending: (conversationId) => this.outbox.of(conversationId),
      behind: (one) => this.#fallBehind(one),
    });
    timeline.last = this.conversations.get(id)?.last_seq ?? 0;
    this.#timelines.set(id, timeline);
    timeline.events.on("change", () => this.#saveSoon());
    void this.#open(timeline);
    return timeline;
  }

  async #open(timeline: Timeline): Promise<void> {
    const kept = await this.#store.get<Parameters<Timeline["restore"]>[0]>(timelineKey(timeline.conversationId));
    if (kept) timeline.restore(kept);
    if (this.link.state.phase === "online") this.#fallBehind(timeline);
  }

  #fallBehind(timeline: Timeline): void {
    const conversation = this.conversations.get(timeline.conversationId);
    if (timeline.synced && conversation && conversation.last_seq - timeline.synced.seq > this.#catchUp) {
      timeline.skip({ seq: conversation.last_seq, revision: conversation.revision });
    } else if (timeline.synced) {
      this.#behind.add(timeline);
      void this.#sync();
    } else {
      void this.#beginTimeline(timeline);
    }
  }

  async #beginTimeline(timeline: Timeline): Promise<void> {
    if (this.#beginning.has(timeline)) return;
    this.#beginning.add(timeline);
    try {
      await timeline.begin(this.conversations.get(timeline.conversationId)?.revision ?? 0);
    } catch (error) {
      if (error instanceof NetherLinkError && error.temporary) this.#env.after(2000, () => this.#again(timeline));
      // A conversation of two that nobody has begun yet is empty, and so is one that may not be seen.
      else timeline.skip({ seq: 0, revision: 0 });
    } finally {
      this.#beginning.delete(timeline);
    }
  }

  #again(timeline: Timeline): void {
    if (this.#timelines.get(timeline.conversationId) === timeline && this.link.state.phase === "online")
      this.#fallBehind(timeline);
  }

  async #sync(): Promise<void> {
    if (this.#syncing) return;
    this.#syncing = true;
    try {
      while (this.#behind.size > 0 && this.link.state.phase === "online") {
        const batch = [...this.#behind].slice(0, 50);
        const conversations = batch.map(({ conversationId, synced }) => ({
          conversation_id: conversationId,
          after_seq: synced?.seq ?? 0,
          after_revision: synced?.revision ?? 0,
        }));
        const reply = await this.link.request("sync", { conversations, limit: 200 }, 30_000);
        if (reply.type !== "sync.result") break;
        for (const one of reply.data.conversations) this.#synced(one);
      }
    } catch {
      // Without a connection the next welcome syncs everything; else a moment later.
      this.#env.after(1000, () => void this.#sync());
    } finally {
      this.#syncing = false;
    }
  }

  #synced(result: ServerFrames["sync.result"]["conversations"][number]): void {
    const timeline = this.#timelines.get(result.conversation_id);
    if (!timeline || "error" in result) {
      for (const one of this.#behind) if (one.conversationId === result.conversation_id) this.#behind.delete(one);
      return;
    }
    const synced = result as SyncedConversation;
    timeline.caughtUp(synced);
    const conversation = this.conversations.get(result.conversation_id);
    if (conversation) conversation.revision = Math.max(conversation.revision, synced.revision);
    if (synced.complete) this.#behind.delete(timeline);
  }

  /** A storm: messages are announced and fetched in batches. A pull starts at a random moment, so that not all come at once. */
  #pullSoon(timeline: Timeline): void {
    if (this.#pulling.has(timeline)) return;
    this.#pulling.add(timeline);
    this.#env.after(this.#env.random() * 300, () => {
      void this.#pull(timeline).finally(() => this.#pulling.delete(timeline));
    });
  }

  async #pull(timeline: Timeline): Promise<void> {
    const id = timeline.conversationId;
    for (let rounds = 0; timeline.synced && timeline.synced.seq < timeline.last && rounds < 20; rounds += 1) {
      const after_seq = timeline.synced.seq;
      if (timeline.last - after_seq > this.#catchUp) {
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
    if (newest) this.#newest(newest);
  }

  async #batch(conversation_id: string, after_seq: number): Promise<Message[]> {
    if (conversation_id === "world") {
      try {
        return (
          await this.call<{ messages: Message[] }>("GET", "/chat/pull/lobby", { query: { after_seq, limit: 500 } })
        ).messages;
      } catch (error) {
        if (!(error instanceof NetherLinkError) || error.status !== 404) throw error;
      }
    }
    return (await this.call<History>("GET", "/chat/history", { query: { conversation_id, after_seq, limit: 200 } }))
      .messages;
  }

  // --- Messages

  /** Where a draft goes. */
  destination(draft: Draft): string {
    const me = this.user;
    if (draft.conversation) return draft.conversation;
    if (!me || !draft.to) throw new NetherLinkError("request.invalid", "A message needs a destination");
    return singleId(me.id, draft.to);
  }

  /** Into the outbox, and from there to the server as soon as that can be. It is in its timeline's `pending` at once. */
  send(draft: Draft): Outgoing {
    const { replyTo } = draft;
    this.#count += 1;
    const entry: Outgoing = {
      client_msg_id: `${this.#env.now().toString(36)}-${this.#count.toString(36)}-${Math.floor(this.#env.random() * 2 ** 48).toString(36)}`,
      conversation_id: this.destination(draft),
      kind: draft.kind ?? "text",
      content: draft.content,
      ...(draft.extra ? { extra: draft.extra } : {}),
      ...(draft.mentions?.length ? { mentions: draft.mentions } : {}),
      ...(replyTo
        ? {
            reply_to: replyTo.message_id,
            quote: {
              sender_id: replyTo.sender_id,
              kind: replyTo.kind,
              content: [...replyTo.content].slice(0, 100).join(""),
              status: replyTo.status,
            },
          }
        : {}),
      created_at: this.#env.now(),
      state: "queued",
    };
    this.outbox.add(entry);
    this.#typed.delete(entry.conversation_id);
    return entry;
  }

  async #transmit(message: Outgoing): Promise<Ack> {
    const { state: _state, error: _error, created_at: _created, quote: _quote, conversation_id, ...rest } = message;
    const to = otherOf(conversation_id, this.user?.id ?? "");
    const data: ClientFrames["message.send"] = to ? { to_user_id: to, ...rest } : { conversation_id, ...rest };
    const reply = await this.link.request("message.send", data);
    if (reply.type !== "message.ack") throw new NetherLinkError("unknown", "No acknowledgement");
    return reply.data;
  }

  async #acked(message: Outgoing, ack: Ack): Promise<void> {
    const sent = sentMessage(message, ack, this.user?.id ?? "");
    const timeline = this.#timelines.get(ack.conversation_id);
    if (timeline) {
      timeline.live(sent);
      // Sent before, by an earlier attempt: others may have reacted to it since.
      if (ack.duplicate) void this.#reload(sent.message_id);
    }
    this.#newest(sent);
  }

  async #reload(messageId: string): Promise<void> {
    const message = await this.call<Message>("GET", `/chat/messages/${messageId}`).catch(() => undefined);
    if (message) this.#timelines.get(message.conversation_id)?.updated(message);
  }

  /** Resolves when the server has it. */
  async edit(messageId: string, content: string): Promise<void> {
    await this.#changed(this.call<Message>("PATCH", `/chat/messages/${messageId}`, { body: { content } }));
  }

  /** Empty for everybody. */
  async recall(messageId: string): Promise<void> {
    await this.#changed(this.call<Message>("DELETE", `/chat/messages/${messageId}`, { query: { scope: "all" } }));
  }

  /** Empty for oneself. */
  async remove(messageId: string): Promise<void> {
    await this.#changed(this.call<Message>("DELETE", `/chat/messages/${messageId}`, { query: { scope: "me" } }));
  }

  async #changed(call: Promise<Message>): Promise<void> {
    this.#update(await call);
  }

  async react(messageId: string, emoji: string, on: boolean): Promise<void> {
    await this.link.request("message.react", { message_id: messageId, emoji, on });
  }

  messageReceipts(messageId: string): Promise<Receipts> {
    return this.call<Receipts>("GET", `/chat/messages/${messageId}/receipts`, { query: { limit: 200 } });
  }

  /** Everything up to `seq` was seen. Told to the server after a moment. */
  read(id: string, seq: number): void {
    const conversation = this.conversations.get(id);
    if (!conversation || seq <= conversation.read_seq) return;
    conversation.read_seq = Math.min(seq, conversation.last_seq);
    conversation.unread = Math.max(0, conversation.last_seq - conversation.read_seq);
    this.#marks.set("message.read", id, conversation.read_seq);
    this.#listChanged();
  }

  /** To be called at each key: told to the server every few seconds. */
  typing(id: string, on = true): void {
    const last = this.#typed.get(id) ?? 0;
    if (id === "world" || (on ? this.#env.now() - last < 3000 : last === 0)) return;
    if (on) this.#typed.set(id, this.#env.now());
    else this.#typed.delete(id);
    this.link.request("typing", { conversation_id: id, on }).catch(() => undefined);
  }

  /** Whose presence to hear of beside that of friends; at most `limits.presence_watch`. */
  watch(userIds: string[]): void {
    if (userIds.join() === this.#watched.join()) return;
    this.#watched = userIds;
    this.link.request("presence.watch", { user_ids: userIds }).catch(() => undefined);
  }

  /** Whether `world` is delivered to this session. */
  lobby(on: boolean): void {
    this.#lobby = on;
    this.link.request(on ? "lobby.join" : "lobby.leave", {}).catch(() => undefined);
  }

  // --- What the server says

  #heard(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        this.#welcomed(frame.data, (frame as { stale?: boolean }).stale === true);
        break;
      case "message.new":
        this.#arrived(frame.data.message);
        break;
      case "message.updated":
        this.#update(frame.data.message);
        break;
      case "receipt":
        this.#receipt(frame.data);
        break;
      case "conversation.updated":
        this.#merge(frame.data.conversation);
        this.#listChanged();
        break;
      case "friend.accepted":
        this.remember(frame.data.user);
        break;
      default:
        this.#other(frame);
    }
    if (frame.id === undefined || frame.type === "error") {
      (this.events.emit as (name: string, data: unknown) => void).call(this.events, frame.type, frame.data);
    }
    this.events.emit("frame", frame);
  }

  /** Frames that not every server has. */
  #other(frame: { type: string; data: unknown }): void {
    const data = frame.data as { conversation_id: string; to_seq: number };
    if (frame.type === "conversation.removed") {
      this.conversations.delete(data.conversation_id);
      this.#timelines.delete(data.conversation_id);
      void this.#store.delete(timelineKey(data.conversation_id)).catch(() => undefined);
      this.#listChanged();
    } else if (frame.type === "messages.available") {
      const conversation = this.conversations.get(data.conversation_id);
      if (conversation) {
        conversation.last_seq = Math.max(conversation.last_seq, data.to_seq);
        conversation.unread = Math.max(0, conversation.last_seq - conversation.read_seq);
        this.#listChanged();
      }
      const timeline = this.#timelines.get(data.conversation_id);
      if (timeline?.available(data.to_seq) && timeline.level) this.#pullSoon(timeline);
    }
  }

  #welcomed(data: ServerFrames["welcome"], stale: boolean): void {
    this.http.rename(data.user);
    for (const one of data.conversations) this.#merge(structuredClone(one));
    if (data.more || stale) {
      this.refreshConversations().catch(() => undefined);
    } else {
      const ids = new Set(data.conversations.map((one) => one.conversation_id));
      for (const id of this.conversations.keys()) if (!ids.has(id)) this.conversations.delete(id);
    }
    this.#listChanged();
    for (const timeline of this.#timelines.values()) this.#fallBehind(timeline);
    this.outbox.flush();
    this.#marks.flush();
    if (this.#watched.length > 0)
      this.link.request("presence.watch", { user_ids: this.#watched }).catch(() => undefined);
    if (!this.#lobby) this.lobby(false);
  }

  #arrived(message: Message): void {
    const mine = message.sender_id === this.user?.id;
    if (mine) this.outbox.settle(message.client_msg_id);
    this.#timelines.get(message.conversation_id)?.live(message);
    this.#newest(message);
    if (mine) return;
    // Who writes has read what was before.
    this.#receipt({
      conversation_id: message.conversation_id,
      user_id: message.sender_id,
      delivered_seq: message.seq,
      read_seq: message.seq,
    });
    if (message.conversation_id !== "world") this.#marks.set("message.received", message.conversation_id, message.seq);
    this.events.emit("incoming", message);
  }

  #newest(message: Message): void {
    const conversation = this.conversations.get(message.conversation_id);
    if (!conversation) {
      void this.#discover(message.conversation_id);
      return;
    }
    if (
      message.seq > conversation.last_seq ||
      (message.seq === conversation.last_seq && conversation.last_message?.seq !== message.seq)
    ) {
      conversation.last_seq = message.seq;
      conversation.last_message = message;
      conversation.updated_at = message.sent_at;
    }
    if (message.sender_id === this.user?.id) conversation.read_seq = Math.max(conversation.read_seq, message.seq);
    conversation.unread = Math.max(0, conversation.last_seq - conversation.read_seq);
    this.#listChanged();
  }

  async #discover(id: string): Promise<void> {
    const found = await this.call<Conversation>("GET", `/conversations/${id}`).catch(() => undefined);
    if (!found) return;
    this.#merge(found);
    this.#listChanged();
  }

  #update(message: Message): void {
    this.#timelines.get(message.conversation_id)?.updated(message);
    const conversation = this.conversations.get(message.conversation_id);
    if (!conversation) return;
    conversation.revision = Math.max(conversation.revision, message.revision);
    if (conversation.last_message?.seq === message.seq) {
      conversation.last_message = message;
      this.#listChanged();
    }
  }

  #receipt({ conversation_id, user_id, delivered_seq, read_seq }: ServerFrames["receipt"]): void {
    const conversation = this.conversations.get(conversation_id);
    if (user_id === this.user?.id) {
      if (conversation && read_seq > conversation.read_seq) {
        conversation.read_seq = read_seq;
        conversation.unread = Math.max(0, conversation.last_seq - read_seq);
        this.#listChanged();
      }
      return;
    }
    const people = this.receipts.get(conversation_id) ?? new Map();
    this.receipts.set(conversation_id, people);
    const known = people.get(user_id);
    people.set(user_id, {
      delivered_seq: Math.max(delivered_seq, known?.delivered_seq ?? 0),
      read_seq: Math.max(read_seq, known?.read_seq ?? 0),
    });
    this.#timelines.get(conversation_id)?.changed();
  }

  // --- Kept for the next visit

  #saveSoon(): void {
    this.#saving ??= this.#env.after(1500, () => {
      this.#saving = undefined;
      if (!this.user) return;
      void this.#store.set(listKey, this.list().slice(0, 200)).catch(() => undefined);
      for (const timeline of this.#timelines.values()) {
        const snapshot = timeline.level ? timeline.snapshot() : undefined;
        if (snapshot?.messages.length)
          void this.#store.set(timelineKey(timeline.conversationId), snapshot).catch(() => undefined);
      }
    });
  }
}
