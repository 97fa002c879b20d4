import { Account } from "./account.ts";
import { Connection, type Link, type ServerFrame } from "./connection.ts";
import { Conversations } from "./conversations.ts";
import { browserEnvironment, type Environment } from "./env.ts";
import { NetherLinkError } from "./errors.ts";
import { Files } from "./files.ts";
import { Groups } from "./groups.ts";
import { browserSession, type Call, memorySession } from "./http.ts";
import { Marks } from "./marks.ts";
import type { ClientOptions, Draft } from "./options.ts";
import { Outbox, type Outgoing } from "./outbox.ts";
import { People } from "./people.ts";
import { Rooms } from "./rooms.ts";
import { outgoing, sendFrame, sentMessage, singleId } from "./sent.ts";
import { browserStore, type KeyValue, memoryStore } from "./store.ts";
import { canShare, SharedLink } from "./tabs.ts";
import type { Timeline } from "./timeline.ts";
import { Timelines } from "./timelines.ts";
import type { Ack, Conversation, Message, ServerFrames, User } from "./wire.ts";

const listKey = "conversations";
const inBrowser = () => typeof window !== "undefined" && typeof localStorage !== "undefined";

/** A person's connection to a NetherLink server. */
export class Client extends Account {
  /** The socket, whether it is this tab's own or another's: `state`, `request`, `start`, `stop`, `wake`. */
  readonly link: Link;
  /** What was sent and not acknowledged yet: `retry` and `discard` what failed. */
  readonly outbox: Outbox;
  /** Of messages: `get` tells where one is, `blob` what is about to be uploaded. */
  readonly files: Files;
  readonly rooms: Rooms;
  readonly groups: Groups;
  readonly #env: Environment;
  readonly #store: KeyValue;
  readonly #marks: Marks;
  readonly #people: People;
  readonly #conversations: Conversations;
  readonly #timelines: Timelines;
  readonly #typed = new Map<string, number>();
  #saving: (() => void) | undefined;
  #announced = false;
  #count = 0;
  #watched: string[] = [];
  #lobby = true;

  constructor(options: ClientOptions = {}) {
    const browser = inBrowser();
    const url = (options.url ?? (browser ? location.origin : "http://127.0.0.1:8080")).replace(/\/$/, "");
    const env = options.environment ?? browserEnvironment();
    super(url, env, options.session ?? (browser ? browserSession() : memorySession()), options.device ?? {});
    this.#env = env;
    this.#store = options.store ?? (browser ? browserStore("netherlink") : memoryStore());
    const connection = new Connection(`${url.replace(/^http/, "ws")}/ws`, this.http, this.#env);
    const share = options.share ?? (browser && canShare());
    this.link = share
      ? new SharedLink(connection, "netherlink.socket", this.#env, () => this.user?.id ?? "")
      : connection;
    const ask = <T>(method: string, path: string, call?: Call) => this.call<T>(method, path, call);
    this.#people = new People(this.#store, ask);
    this.#conversations = new Conversations({
      me: () => this.user?.id ?? "",
      ask: (id) => this.call<Conversation>("GET", `/conversations/${id}`),
      grown: (id, last) => this.#timelines.grown(id, last),
      receipts: (id) => this.#timelines.get(id)?.changed(),
      changed: () => this.#listChanged(),
    });
    this.#timelines = new Timelines({
      env: this.#env,
      store: this.#store,
      conversations: this.#conversations,
      catchUp: options.catchUp ?? 1000,
      link: () => this.link,
      ask,
      pending: (id) => this.outbox.of(id),
      changed: () => this.#saveSoon(),
    });
    this.rooms = new Rooms(ask, (frame, data) => void this.link.request(frame, data).catch(() => undefined));
    this.groups = new Groups(this);
    this.#marks = new Marks(this.#env, (kind, conversation_id, seq) =>
      this.link.request(kind, { conversation_id, seq }),
    );
    this.files = new Files({
      env: this.#env,
      store: this.#store,
      outbox: () => this.outbox,
      call: ask,
      online: () => this.link.state.phase === "online",
    });
    this.outbox = new Outbox(this.#store, this.#env, {
      mode: () =>
        this.link.state.phase !== "online" ? "no" : this.link instanceof SharedLink && !this.link.leads ? "own" : "all",
      transmit: (message) => this.#transmit(message),
      acked: (message, ack) => void this.#acked(message, ack),
      changed: (id) => this.#timelines.get(id)?.changed(),
      upload: (message) => this.files.start(message),
      drop: (message, sent) => this.files.drop(message, sent),
    });
    this.link.events.on("state", (state) => {
      if (state.phase !== "online") this.#timelines.disconnected();
      this.events.emit("connection", state);
    });
    this.link.events.on("frame", (frame) => this.#heard(frame));
  }

  /** Connects, with what was kept from the last visit at hand at once. */
  async start(): Promise<void> {
    if (!this.user) throw new NetherLinkError("session.none", "Nobody is signed in", { status: 401 });
    const owner = await this.#store.get<string>("owner");
    if (owner !== this.user.id) {
      await this.#store.clear();
      await this.#store.set("owner", this.user.id);
    }
    await this.#people.load();
    this.#conversations.restore((await this.#store.get<Conversation[]>(listKey)) ?? []);
    await this.outbox.load();
    this.link.start();
  }

  /** Disconnects; the session goes on. */
  stop(): void {
    this.link.stop();
  }

  /** Ends the session here and on the server; what was kept of it is deleted. */
  async logout(): Promise<void> {
    await this.http.call("POST", "/auth/logout").catch(() => undefined);
    this.http.end("session.none");
  }

  protected override signedOut(code: string): void {
    this.link.stop();
    this.#conversations.clear();
    this.#timelines.clear();
    this.#people.clear();
    this.#marks.clear();
    this.outbox.clear();
    this.files.clear();
    this.#saving?.();
    this.#saving = undefined;
    void this.#store.clear().catch(() => undefined);
    this.events.emit("session", { user: null, code });
  }

  // --- People

  /** Somebody's profile, if it was seen already. */
  known(id: string): User | undefined {
    const me = this.user;
    return me?.id === id ? me : this.#people.get(id);
  }

  /** Somebody's profile, asked for if it has to be, or if `fresh`. */
  async profile(id: string, fresh = false): Promise<User> {
    const known = this.known(id);
    if (known && !fresh) return known;
    return this.#people.fetch(id);
  }

  /** A profile that came another way. */
  remember(user: User): User {
    return this.#people.remember(user);
  }

  // --- Conversations

  /** By id, as far as they are known. */
  get conversations(): ReadonlyMap<string, Conversation> {
    return this.#conversations.byId;
  }

  /** How far others have got, by conversation and person. */
  get receipts(): Map<string, Map<string, { delivered_seq: number; read_seq: number }>> {
    return this.#conversations.receipts;
  }

  /** Pinned first, then changed last first. */
  list(): Conversation[] {
    return this.#conversations.list();
  }

  /** Reads the whole list again: done by itself when that is needed. */
  async refreshConversations(): Promise<void> {
    this.#conversations.merge(await this.all<Conversation>("/conversations"), true);
  }

  async changeConversation(id: string, change: { pinned?: boolean; muted?: boolean }): Promise<void> {
    this.#conversations.merge([await this.call<Conversation>("PATCH", `/conversations/${id}`, { body: change })]);
  }

  /** The messages of a conversation, kept level from now on. */
  timeline(id: string): Timeline {
    return this.#timelines.open(id);
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
    this.#count += 1;
    const now = this.#env.now();
    const unique = Math.floor(this.#env.random() * 2 ** 48).toString(36);
    const id = `${now.toString(36)}-${this.#count.toString(36)}-${unique}`;
    const entry = outgoing(draft, this.destination(draft), id, now);
    if (draft.file) this.files.keep(entry, draft.file);
    this.outbox.add(entry);
    this.#typed.delete(entry.conversation_id);
    return entry;
  }

  async #transmit(message: Outgoing): Promise<Ack> {
    const reply = await this.link.request("message.send", sendFrame(message, this.user?.id ?? ""));
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
    this.#conversations.newest(sent);
  }

  async #reload(messageId: string): Promise<void> {
    const message = await this.call<Message>("GET", `/chat/messages/${messageId}`).catch(() => undefined);
    if (message) this.#timelines.get(message.conversation_id)?.updated(message);
  }

  /** Resolves when the server has it. */
  async edit(messageId: string, content: string): Promise<void> {
    this.#update(await this.call<Message>("PATCH", `/chat/messages/${messageId}`, { body: { content } }));
  }

  /** Empty for everybody. */
  async recall(messageId: string): Promise<void> {
    this.#update(await this.call<Message>("DELETE", `/chat/messages/${messageId}`, { query: { scope: "all" } }));
  }

  /** Empty for oneself. */
  async remove(messageId: string): Promise<void> {
    this.#update(await this.call<Message>("DELETE", `/chat/messages/${messageId}`, { query: { scope: "me" } }));
  }

  /** Adds one's reaction, or takes it back. */
  async react(messageId: string, emoji: string, on: boolean): Promise<void> {
    await this.link.request("message.react", { message_id: messageId, emoji, on });
  }

  /** Everything up to `seq` was seen. Told to the server after a moment. */
  read(id: string, seq: number): void {
    const mark = this.#conversations.read(id, seq);
    if (mark !== undefined) this.#marks.set("message.read", id, mark);
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
        this.#conversations.receipt(frame.data);
        break;
      case "conversation.updated":
        this.#conversations.merge([frame.data.conversation]);
        break;
      case "room.updated":
        this.#conversations.renamed(frame.data.room);
        break;
      case "group.updated":
        this.#conversations.renamed(frame.data.group);
        break;
      case "friend.accepted":
        this.remember(frame.data.user);
        break;
      case "conversation.removed":
        this.#conversations.remove(frame.data.conversation_id);
        this.#timelines.remove(frame.data.conversation_id);
        break;
      case "messages.available":
        this.#conversations.announced(frame.data.conversation_id, frame.data.to_seq);
        this.#timelines.announced(frame.data.conversation_id, frame.data.to_seq);
        break;
    }
    if (frame.id === undefined || frame.type === "error") {
      (this.events.emit as (name: string, data: unknown) => void).call(this.events, frame.type, frame.data);
    }
    this.events.emit("frame", frame);
  }

  #welcomed(data: ServerFrames["welcome"], stale: boolean): void {
    this.http.rename(data.user);
    const whole = !data.more && !stale;
    this.#conversations.merge(structuredClone(data.conversations), whole);
    if (!whole) this.refreshConversations().catch(() => undefined);
    this.#timelines.connected();
    this.outbox.flush();
    this.files.flush();
    this.#marks.flush();
    if (this.#watched.length > 0)
      this.link.request("presence.watch", { user_ids: this.#watched }).catch(() => undefined);
    if (!this.#lobby) this.lobby(false);
    this.rooms.resume();
  }

  #arrived(message: Message): void {
    const mine = message.sender_id === this.user?.id;
    if (mine) this.outbox.settle(message.client_msg_id);
    this.#timelines.get(message.conversation_id)?.live(message);
    this.#conversations.newest(message);
    if (mine) return;
    // Who writes has read what was before.
    this.#conversations.receipt({
      conversation_id: message.conversation_id,
      user_id: message.sender_id,
      delivered_seq: message.seq,
      read_seq: message.seq,
    });
    if (message.conversation_id !== "world") this.#marks.set("message.received", message.conversation_id, message.seq);
    this.events.emit("incoming", message);
  }

  #update(message: Message): void {
    this.#timelines.get(message.conversation_id)?.updated(message);
    this.#conversations.updated(message);
  }

  // --- Kept for the next visit

  #saveSoon(): void {
    this.#saving ??= this.#env.after(1500, () => this.save());
  }

  /** Done by itself a moment after each change; a page that is about to go may want it now. */
  save(): void {
    this.#saving?.();
    this.#saving = undefined;
    if (!this.user) return;
    void this.#store.set(listKey, this.list().slice(0, 200)).catch(() => undefined);
    this.#timelines.save();
  }
}
