import type { Connection, Frame, Link, LinkEvents, LinkState, ServerFrame } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import type { Environment } from "./env.ts";
import { lost, NetherLinkError } from "./errors.ts";
import { sentMessage } from "./sent.ts";
import type { ClientFrames } from "./wire.ts";

type Note =
  | { kind: "hello"; from: string }
  | { kind: "state"; state: LinkState; welcome?: ServerFrame }
  | { kind: "frame"; frame: ServerFrame; except?: string }
  | { kind: "request"; from: string; id: number; type: keyof ClientFrames; data: never; timeoutMs?: number }
  | {
      kind: "reply";
      to: string;
      id: number;
      frame?: ServerFrame;
      error?: { code: string; message: string; retryAfterMs?: number };
    };

/**
 * One socket for all tabs of a browser: the tab that holds a Web Lock owns it, the others ask it over a BroadcastChannel.
 * When it goes, the lock passes on and the next one connects.
 */
export class SharedLink implements Link {
  readonly events = new Emitter<LinkEvents>();
  state: LinkState = { phase: "stopped", failures: 0 };
  leads = false;

  readonly #own: Connection;
  readonly #name: string;
  readonly #env: Environment;
  readonly #userId: () => string;
  readonly #id = Math.random().toString(36).slice(2);
  readonly #waiting = new Map<
    number,
    { resolve(frame: ServerFrame): void; reject(error: NetherLinkError): void; cancel(): void }
  >();
  #next = 0;
  #channel: BroadcastChannel | undefined;
  #release: (() => void) | undefined;
  #abort: AbortController | undefined;
  #welcome: ServerFrame | undefined;

  constructor(own: Connection, name: string, env: Environment, userId: () => string) {
    this.#own = own;
    this.#name = name;
    this.#env = env;
    this.#userId = userId;
    own.events.on("state", (state) => {
      if (!this.leads) return;
      this.#become(state);
      this.#post({ kind: "state", state });
    });
    own.events.on("frame", (frame) => {
      if (!this.leads) return;
      if (frame.type === "welcome") this.#welcome = frame;
      this.events.emit("frame", frame);
      if (frame.id === undefined) this.#post({ kind: "frame", frame });
    });
  }

  start(): void {
    if (this.#channel) return;
    const channel = new BroadcastChannel(this.#name);
    channel.onmessage = ({ data }) => this.#heard(data as Note);
    this.#channel = channel;
    this.#become({ phase: "connecting", failures: 0 });
    const abort = new AbortController();
    this.#abort = abort;
    navigator.locks
      .request(this.#name, { signal: abort.signal }, () => {
        if (this.#channel !== channel) return undefined;
        this.leads = true;
        this.#abandon();
        this.#own.start();
        return new Promise<void>((resolve) => {
          this.#release = resolve;
        });
      })
      .catch(() => undefined);
    this.#post({ kind: "hello", from: this.#id });
  }

  stop(): void {
    this.#abort?.abort();
    this.#own.stop();
    this.leads = false;
    this.#release?.();
    this.#release = undefined;
    this.#channel?.close();
    this.#channel = undefined;
    this.#abandon();
    this.#become({ phase: "stopped", failures: 0 });
  }

  wake(): void {
    if (this.leads) this.#own.wake();
    else this.#post({ kind: "hello", from: this.#id });
  }

  async request<Type extends keyof ClientFrames>(
    type: Type,
    data: ClientFrames[Type],
    timeoutMs = 15_000,
  ): Promise<ServerFrame> {
    if (this.leads) {
      const frame = await this.#own.request(type, data, timeoutMs);
      this.#tellOthers(type, data, frame, this.#id);
      return frame;
    }
    if (this.state.phase !== "online") throw lost();
    this.#next += 1;
    const id = this.#next;
    return new Promise((resolve, reject) => {
      const cancel = this.#env.after(timeoutMs + 1000, () => {
        this.#waiting.delete(id);
        reject(new NetherLinkError("connection.timeout", "The other tab did not answer in time"));
      });
      this.#waiting.set(id, { resolve, reject, cancel });
      this.#post({ kind: "request", from: this.#id, id, type, data: data as never, timeoutMs });
    });
  }

  /** The server tells a message to every session but the one that sent it: the tabs of that one hear it from us. */
  #tellOthers(type: keyof ClientFrames, data: unknown, reply: ServerFrame, sender: string): void {
    if (type !== "message.send" || reply.type !== "message.ack" || reply.data.duplicate) return;
    const message = sentMessage(data as ClientFrames["message.send"], reply.data, this.#userId());
    const frame: ServerFrame = { type: "message.new", data: { message } };
    this.#post({ kind: "frame", frame, except: sender });
    if (sender !== this.#id) this.events.emit("frame", frame);
  }

  #post(note: Note): void {
    this.#channel?.postMessage(note);
  }

  #become(state: LinkState): void {
    this.state = state;
    this.events.emit("state", state);
  }

  #abandon(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const one of waiting) {
      one.cancel();
      one.reject(lost());
    }
  }

  #heard(note: Note): void {
    switch (note.kind) {
      case "hello":
        if (this.leads)
          this.#post({ kind: "state", state: this.state, ...(this.#welcome ? { welcome: this.#welcome } : {}) });
        break;
      case "state":
        if (this.leads) break;
        if (note.welcome && note.state.phase === "online" && this.state.phase !== "online") this.#follow(note.welcome);
        if (note.state.phase !== "online") {
          this.#abandon();
          this.#become(note.state);
        }
        break;
      case "frame":
        if (this.leads || note.except === this.#id) break;
        if (note.frame.type === "welcome") this.#follow(note.frame, false);
        else this.events.emit("frame", note.frame);
        break;
      case "request":
        if (this.leads) this.#serve(note);
        break;
      case "reply":
        if (note.to === this.#id) this.#answered(note);
        break;
    }
  }

  /** The owner is connected. `stale`: for a while already, its welcome is of then. */
  #follow(welcome: ServerFrame, stale = true): void {
    this.#become({ phase: "online", failures: 0 });
    const frame: Frame & { stale?: boolean } = { ...welcome };
    if (stale) frame.stale = true;
    this.events.emit("frame", frame as ServerFrame);
  }

  #serve({ from, id, type, data, timeoutMs }: Extract<Note, { kind: "request" }>): void {
    this.#own.request(type, data, timeoutMs).then(
      (frame) => {
        this.#post({ kind: "reply", to: from, id, frame });
        this.#tellOthers(type, data, frame, from);
      },
      (error: NetherLinkError) => {
        const { code, message, retryAfterMs } = error;
        this.#post({
          kind: "reply",
          to: from,
          id,
          error: { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
        });
      },
    );
  }

  #answered({ id, frame, error }: Extract<Note, { kind: "reply" }>): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    waiting.cancel();
    if (frame) {
      waiting.resolve(frame);
    } else {
      const { code, message, ...more } = error ?? { code: "unknown", message: "No answer" };
      waiting.reject(new NetherLinkError(code, message, more));
    }
  }
}

/** Can tabs of this browser share? */
export const canShare = () =>
  typeof BroadcastChannel !== "undefined" &&
  typeof navigator !== "undefined" &&
  navigator.locks !== undefined &&
  typeof window !== "undefined";
