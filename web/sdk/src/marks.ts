import type { Environment } from "./env.ts";

type Kind = "message.read" | "message.received";

/** Read and delivered positions: the highest of each conversation, sent after a moment, and until they arrived. */
export class Marks {
  readonly #env: Environment;
  readonly #send: (kind: Kind, conversationId: string, seq: number) => Promise<unknown>;
  readonly #due = new Map<string, { kind: Kind; conversationId: string; seq: number }>();
  #timer: (() => void) | undefined;

  constructor(env: Environment, send: (kind: Kind, conversationId: string, seq: number) => Promise<unknown>) {
    this.#env = env;
    this.#send = send;
  }

  set(kind: Kind, conversationId: string, seq: number): void {
    const key = `${kind} ${conversationId}`;
    const due = this.#due.get(key);
    if (due && due.seq >= seq) return;
    this.#due.set(key, { kind, conversationId, seq });
    this.#timer ??= this.#env.after(400, () => this.flush());
  }

  clear(): void {
    this.#due.clear();
  }

  flush(): void {
    this.#timer?.();
    this.#timer = undefined;
    for (const [key, mark] of this.#due) {
      this.#send(mark.kind, mark.conversationId, mark.seq).then(
        () => {
          if (this.#due.get(key) === mark) this.#due.delete(key);
        },
        (error: { temporary?: boolean }) => {
          // After a reconnect they are sent again; what the server will never take is dropped.
          if (!error.temporary && this.#due.get(key) === mark) this.#due.delete(key);
        },
      );
    }
  }
}
