import { Emitter } from "./emitter.ts";
import type { Environment, SocketLike } from "./env.ts";
import { lost, NetherLinkError } from "./errors.ts";
import type { Http } from "./http.ts";
import type { ClientFrames, Heartbeat, ServerFrames } from "./wire.ts";

export interface Frame<Type extends string = string, Data = unknown> {
  type: Type;
  id?: string;
  data: Data;
}

/** Any frame the server may send; those this SDK does not know are passed on too. */
export type ServerFrame = { [Type in keyof ServerFrames]: Frame<Type, ServerFrames[Type]> }[keyof ServerFrames];

/**
 * - `stopped`: not asked to be connected
 * - `connecting`: on the way; not yet greeted by the server
 * - `online`
 * - `waiting`: for the next attempt, at `retryAt`
 * - `replaced`: signed in elsewhere, where a server allows one device only
 */
export interface LinkState {
  phase: "stopped" | "connecting" | "online" | "waiting" | "replaced";
  retryAt?: number;
  /** Attempts that failed since the last success. */
  failures: number;
}

export interface LinkEvents {
  state: LinkState;
  frame: ServerFrame;
}

/** What the rest of the SDK sees of the socket, whether it is this tab's own or another's. */
export interface Link {
  readonly events: Emitter<LinkEvents>;
  readonly state: LinkState;
  start(): void;
  stop(): void;
  /** The network or the page came back: do not wait. */
  wake(): void;
  /** Resolves with the reply; rejects with the server's error, `connection.lost` or `connection.timeout`. */
  request<Type extends keyof ClientFrames>(
    type: Type,
    data: ClientFrames[Type],
    timeoutMs?: number,
  ): Promise<ServerFrame>;
}

const firstDelay = 500;
const longestDelay = 30_000;
const openTimeout = 15_000;
const pongTimeout = 10_000;

interface Waiting {
  resolve(frame: ServerFrame): void;
  reject(error: NetherLinkError): void;
  cancel(): void;
}

/** One socket that stays: greeted, kept alive, and opened again with full jitter when it breaks. */
export class Connection implements Link {
  readonly events = new Emitter<LinkEvents>();
  state: LinkState = { phase: "stopped", failures: 0 };

  readonly #url: string;
  readonly #http: Http;
  readonly #env: Environment;
  readonly #waiting = new Map<string, Waiting>();
  #socket: SocketLike | undefined;
  #next = 0;
  /** Grows with each attempt, so that what belongs to an earlier one is known. */
  #attempt = 0;
  /** Nothing came since the last ping. */
  #silent = false;
  #timers: Record<string, () => void> = {};
  #heartbeat: Heartbeat | undefined;
  #beat = 0;
  #drainingUntil = 0;

  constructor(url: string, http: Http, env: Environment) {
    this.#url = url;
    this.#http = http;
    this.#env = env;
  }

  start(): void {
    if (this.state.phase === "stopped" || this.state.phase === "replaced") void this.#open();
  }

  stop(): void {
    this.#drop(1000);
    this.#set({ phase: "stopped", failures: 0 });
  }

  wake(): void {
    if (this.state.phase === "waiting" && this.#env.now() >= this.#drainingUntil) void this.#open();
    else if (this.state.phase === "online") this.#probe(5_000);
  }

  request<Type extends keyof ClientFrames>(
    type: Type,
    data: ClientFrames[Type],
    timeoutMs = 15_000,
  ): Promise<ServerFrame> {
    const socket = this.#socket;
    if (this.state.phase !== "online" || !socket) return Promise.reject(lost());
    this.#next += 1;
    const id = String(this.#next);
    return new Promise((resolve, reject) => {
      const cancel = this.#env.after(timeoutMs, () => {
        this.#waiting.delete(id);
        reject(new NetherLinkError("connection.timeout", "The server did not answer in time"));
      });
      this.#waiting.set(id, { resolve, reject, cancel });
      socket.send(JSON.stringify({ type, id, data }));
    });
  }

  #set(state: LinkState): void {
    this.state = state;
    this.events.emit("state", state);
  }

  #later(name: string, ms: number, run: () => void): void {
    this.#timers[name]?.();
    this.#timers[name] = this.#env.after(ms, run);
  }

  async #open(): Promise<void> {
    this.#drop();
    const attempt = ++this.#attempt;
    const { failures } = this.state;
    this.#set({ phase: "connecting", failures });
    let token: string;
    try {
      token = await this.#http.token();
    } catch (error) {
      if (attempt === this.#attempt) this.#failed(error instanceof NetherLinkError ? error : lost());
      return;
    }
    if (attempt !== this.#attempt) return;
    const socket = this.#env.socket(this.#url, ["netherlink.v1.json", `bearer.${token}`]);
    this.#socket = socket;
    this.#later("open", openTimeout, () => this.#closed(1006, false));
    let greeted = false;
    socket.onmessage = ({ data }) => {
      if (socket !== this.#socket || typeof data !== "string") return;
      greeted = true;
      this.#heard(JSON.parse(data) as ServerFrame);
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#closed(code, greeted);
    };
  }

  /** Lets go of the socket; whoever waits for a reply is told. */
  #drop(code?: number): void {
    this.#attempt += 1;
    const socket = this.#socket;
    this.#socket = undefined;
    for (const cancel of Object.values(this.#timers)) cancel();
    this.#timers = {};
    if (socket) {
      socket.onmessage = null;
      socket.onclose = null;
      try {
        socket.close(code ?? 1000);
      } catch {
        // It was never open.
      }
    }
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const one of waiting) {
      one.cancel();
      one.reject(lost());
    }
  }

  #closed(code: number, greeted: boolean): void {
    this.#drop();
    if (code === 4002) {
      this.#set({ phase: "stopped", failures: 0 });
      this.#http.end("auth.session_revoked");
    } else if (code === 4005) {
      this.#set({ phase: "replaced", failures: 0 });
    } else if (code === 4001) {
      void this.#renewed();
    } else {
      // The network lost a quiet connection: speak up more often.
      if (greeted && this.#heartbeat) this.#beat = Math.max(this.#heartbeat.min_interval, this.#beat / 2);
      // A browser does not tell why a handshake was refused: a request does, and ends the session if that is over.
      if (greeted) this.#retry();
      else void this.#diagnose();
    }
  }

  async #renewed(): Promise<void> {
    const attempt = this.#attempt;
    try {
      await this.#http.token(this.#http.session?.access_token);
    } catch (error) {
      if (attempt === this.#attempt) this.#failed(error instanceof NetherLinkError ? error : lost());
      return;
    }
    if (attempt === this.#attempt) void this.#open();
  }

  async #diagnose(): Promise<void> {
    const attempt = this.#attempt;
    let wait: number | undefined;
    try {
      await this.#http.call("GET", "/users/me");
    } catch (error) {
      wait = error instanceof NetherLinkError ? error.retryAfterMs : undefined;
    }
    if (attempt !== this.#attempt) return;
    if (this.#http.session) this.#retry(wait);
    else this.#set({ phase: "stopped", failures: 0 });
  }

  #failed(error: NetherLinkError): void {
    if (this.#http.session) this.#retry(error.retryAfterMs);
    else this.#set({ phase: "stopped", failures: 0 });
  }

  /** Full jitter: anything between nothing and a bound that doubles; never before the server wants us back. */
  #retry(atLeast = 0): void {
    const failures = this.state.failures + 1;
    const bound = Math.min(longestDelay, firstDelay * 2 ** (failures - 1));
    const drained = Math.max(0, this.#drainingUntil - this.#env.now());
    const wait = Math.max(atLeast, drained) + this.#env.random() * bound;
    this.#set({ phase: "waiting", failures, retryAt: this.#env.now() + wait });
    this.#later("retry", wait, () => void this.#open());
  }

  #heard(frame: ServerFrame): void {
    this.#silent = false;
    this.#timers.pong?.();
    this.#timers.open?.();
    if (frame.type === "welcome") {
      this.#heartbeat = frame.data.heartbeat;
      this.#beat ||= this.#heartbeat.interval;
      this.#drainingUntil = 0;
      this.#schedule();
      this.#set({ phase: "online", failures: 0 });
    }
    if (frame.type === "draining") {
      this.#drainingUntil = this.#env.now() + frame.data.reconnect_after_ms;
    }
    const waiting = frame.id === undefined ? undefined : this.#waiting.get(frame.id);
    if (waiting && frame.id !== undefined) {
      this.#waiting.delete(frame.id);
      waiting.cancel();
      if (frame.type === "error") {
        const { code, message, retry_after_ms } = frame.data;
        waiting.reject(
          new NetherLinkError(code, message, retry_after_ms === undefined ? {} : { retryAfterMs: retry_after_ms }),
        );
      } else {
        waiting.resolve(frame);
      }
    }
    this.events.emit("frame", frame);
  }

  /** The next ping; and well before the access token ends, the next token. */
  #schedule(): void {
    this.#later("beat", this.#beat * 1000, () => this.#probe(pongTimeout));
    const session = this.#http.session;
    if (!session || this.#timers.refresh) return;
    this.#later(
      "refresh",
      Math.max(5_000, session.expires_at - this.#env.now() - 60_000),
      () => void this.#refresh(session.access_token),
    );
  }

  async #refresh(old: string): Promise<void> {
    try {
      await this.request("auth.refresh", { access_token: await this.#http.token(old) });
    } catch {
      // The socket closes with 4001 when it comes to that, and is opened again.
    }
    delete this.#timers.refresh;
    if (this.state.phase === "online") this.#schedule();
  }

  /** Any sign of life within the time counts; each one that came makes the next ping rarer. */
  #probe(timeout: number): void {
    const quiet = this.#heartbeat;
    if (!quiet || this.state.phase !== "online") return;
    const attempt = this.#attempt;
    this.#silent = true;
    this.request("ping", {}, timeout).then(
      () => {
        this.#beat = Math.min(quiet.max_interval, this.#beat * 1.25);
        if (this.state.phase === "online") this.#schedule();
      },
      () => {
        // Something else came after the question, and then perhaps nothing any more.
        if (attempt === this.#attempt && !this.#silent) this.#later("beat", timeout, () => this.#probe(timeout));
      },
    );
    this.#later("pong", timeout, () => this.#closed(4003, true));
  }
}
