import type { Conversation, Message, ServerFrames } from "./wire.ts";

export interface ConversationsOwner {
  me(): string;
  /** Asks the server for one that is not known. */
  ask(id: string): Promise<Conversation>;
  /** There are messages up to here. */
  grown(id: string, last: number): void;
  /** Receipts of others. */
  receipts(id: string): void;
  /** Something of the list changed. */
  changed(): void;
}

type Receipt = ServerFrames["receipt"];

/** The list of conversations and how far everybody has read. Heads and marks only ever go forward. */
export class Conversations {
  readonly byId = new Map<string, Conversation>();
  /** How far others have got, by conversation and person. */
  readonly receipts = new Map<string, Map<string, { delivered_seq: number; read_seq: number }>>();
  readonly #owner: ConversationsOwner;

  constructor(owner: ConversationsOwner) {
    this.#owner = owner;
  }

  clear(): void {
    this.byId.clear();
    this.receipts.clear();
  }

  /** Pinned first, then changed last first. */
  list(): Conversation[] {
    const time = (one: Conversation) => one.last_message?.sent_at ?? one.updated_at;
    return [...this.byId.values()].sort((a, b) => Number(b.pinned) - Number(a.pinned) || (time(a) < time(b) ? 1 : -1));
  }

  /** What was kept from the last visit. */
  restore(kept: Conversation[]): void {
    for (const one of kept) if (!this.byId.has(one.conversation_id)) this.byId.set(one.conversation_id, one);
    this.#owner.changed();
  }

  /** What the server says now; `complete`: there are no others. */
  merge(fresh: Conversation[], complete = false): void {
    for (const one of fresh) this.#merge(one);
    if (complete) {
      const ids = new Set(fresh.map((one) => one.conversation_id));
      for (const id of this.byId.keys()) if (!ids.has(id)) this.byId.delete(id);
    }
    this.#owner.changed();
  }

  #merge(fresh: Conversation): void {
    const known = this.byId.get(fresh.conversation_id);
    if (known) {
      fresh.read_seq = Math.max(fresh.read_seq, known.read_seq);
      if (known.last_seq > fresh.last_seq) {
        fresh.last_seq = known.last_seq;
        fresh.last_message = known.last_message;
      }
      fresh.revision = Math.max(fresh.revision, known.revision);
    }
    count(fresh);
    this.byId.set(fresh.conversation_id, fresh);
    this.#owner.grown(fresh.conversation_id, fresh.last_seq);
  }

  remove(id: string): void {
    this.byId.delete(id);
    this.#owner.changed();
  }

  renamed({ conversation_id, name }: { conversation_id: string; name: string }): void {
    const conversation = this.byId.get(conversation_id);
    if (!conversation || conversation.name === name) return;
    conversation.name = name;
    this.#owner.changed();
  }

  /** There are messages up to here, which were not sent to us. */
  announced(id: string, to: number): void {
    const conversation = this.byId.get(id);
    if (!conversation) return;
    conversation.last_seq = Math.max(conversation.last_seq, to);
    count(conversation);
    this.#owner.changed();
  }

  /** A message that may be the newest. */
  newest(message: Message): void {
    const conversation = this.byId.get(message.conversation_id);
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
    if (message.sender_id === this.#owner.me()) conversation.read_seq = Math.max(conversation.read_seq, message.seq);
    count(conversation);
    this.#owner.changed();
  }

  async #discover(id: string): Promise<void> {
    const found = await this.#owner.ask(id).catch(() => undefined);
    if (found) this.merge([found]);
  }

  updated(message: Message): void {
    const conversation = this.byId.get(message.conversation_id);
    if (!conversation) return;
    conversation.revision = Math.max(conversation.revision, message.revision);
    if (conversation.last_message?.seq !== message.seq) return;
    conversation.last_message = message;
    this.#owner.changed();
  }

  revision(id: string, revision: number): void {
    const conversation = this.byId.get(id);
    if (conversation) conversation.revision = Math.max(conversation.revision, revision);
  }

  /** One has read up to `seq` here. Answers the mark to tell the server, if it went forward. */
  read(id: string, seq: number): number | undefined {
    const conversation = this.byId.get(id);
    if (!conversation || seq <= conversation.read_seq) return undefined;
    conversation.read_seq = Math.min(seq, conversation.last_seq);
    count(conversation);
    this.#owner.changed();
    return conversation.read_seq;
  }

  /** Somebody has got and read so far: others, or oneself on another device. */
  receipt({ conversation_id, user_id, delivered_seq, read_seq }: Receipt): void {
    const conversation = this.byId.get(conversation_id);
    if (user_id === this.#owner.me()) {
      if (!conversation || read_seq <= conversation.read_seq) return;
      conversation.read_seq = read_seq;
      count(conversation);
      this.#owner.changed();
      return;
    }
    const people = this.receipts.get(conversation_id) ?? new Map();
    this.receipts.set(conversation_id, people);
    const known = people.get(user_id);
    people.set(user_id, {
      delivered_seq: Math.max(delivered_seq, known?.delivered_seq ?? 0),
      read_seq: Math.max(read_seq, known?.read_seq ?? 0),
    });
    this.#owner.receipts(conversation_id);
  }
}

function count(conversation: Conversation): void {
  conversation.unread = Math.max(0, conversation.last_seq - conversation.read_seq);
}
