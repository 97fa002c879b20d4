import type { Environment } from "./env.ts";
import { lost, NetherLinkError } from "./errors.ts";
import type { Login, OwnUser, Problem, Tokens } from "./wire.ts";

/** A session, as it is kept between visits. */
export interface Session {
  access_token: string;
  refresh_token: string;
  session_id: string;
  /** By this machine's clock, in milliseconds. */
  expires_at: number;
  user: OwnUser;
}

/** Where the session is kept. Read again before each use: another tab may have renewed it. */
export interface SessionStore {
  load(): Session | null;
  save(session: Session | null): void;
}

export function memorySession(session: Session | null = null): SessionStore {
  let kept = session;
  return {
    load: () => kept,
    save: (next) => {
      kept = next;
    },
  };
}

export function browserSession(key = "netherlink.session"): SessionStore {
  return {
    load: () => JSON.parse(localStorage.getItem(key) ?? "null") as Session | null,
    save: (session) => (session ? localStorage.setItem(key, JSON.stringify(session)) : localStorage.removeItem(key)),
  };
}

export interface Call {
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** Bytes as they are, instead of a body. */
  raw?: ArrayBuffer;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** False: without a token. */
  signed?: boolean;
  timeoutMs?: number;
}

/** Renewed when less than this is left. */
const margin = 30_000;

/** REST with the session's token: renewed silently, once for all tabs. */
export class Http {
  readonly #base: string;
  readonly #env: Environment;
  readonly #sessions: SessionStore;
  readonly #ended: (code: string) => void;
  #renewing: Promise<string> | undefined;
  /** What the server writes mails in, as an HTTP Accept-Language; without it, what the browser says. */
  language: string | undefined;

  constructor(base: string, env: Environment, sessions: SessionStore, ended: (code: string) => void) {
    this.#base = base;
    this.#env = env;
    this.#sessions = sessions;
    this.#ended = ended;
  }

  get session(): Session | null {
    return this.#sessions.load();
  }

  begin(login: Login): Session {
    const session = this.#made(login, login.user);
    this.#sessions.save(session);
    return session;
  }

  rename(user: OwnUser): void {
    const session = this.session;
    if (session) this.#sessions.save({ ...session, user });
  }

  /** Forgets the session; `code` tells why. */
  end(code: string): void {
    if (!this.session) return;
    this.#sessions.save(null);
    this.#ended(code);
  }

  /** An access token that lives on for a while. `refused`: this one does not work any more. */
  async token(refused?: string): Promise<string> {
    const session = this.session;
    if (!session) throw new NetherLinkError("session.none", "Nobody is signed in", { status: 401 });
    if (session.access_token !== refused && session.expires_at - this.#env.now() > margin) return session.access_token;
    this.#renewing ??= this.#env
      .exclusive("netherlink.refresh", () => this.#renew(session.access_token))
      .finally(() => {
        this.#renewing = undefined;
      });
    return this.#renewing;
  }

  async #renew(old: string): Promise<string> {
    const session = this.session;
    if (!session) throw new NetherLinkError("session.none", "Nobody is signed in", { status: 401 });
    if (session.access_token !== old) return session.access_token;
    try {
      const tokens = await this.call<Tokens>("POST", "/auth/refresh", {
        body: { refresh_token: session.refresh_token },
        signed: false,
      });
      this.#sessions.save(this.#made(tokens, session.user));
      return tokens.access_token;
    } catch (error) {
      if (error instanceof NetherLinkError && (error.status === 401 || error.status === 422)) this.end(error.code);
      throw error;
    }
  }

  #made(tokens: Tokens, user: OwnUser): Session {
    const { access_token, refresh_token, session_id, expires_in } = tokens;
    return { access_token, refresh_token, session_id, expires_at: this.#env.now() + expires_in * 1000, user };
  }

  /** `path` below /api/v1. Answers the body; undefined when there is none. */
  async call<T>(method: string, path: string, call: Call = {}): Promise<T> {
    if (call.signed === false) return this.#once<T>(method, path, call);
    const token = await this.token();
    try {
      return await this.#once<T>(method, path, call, token);
    } catch (error) {
      if (!(error instanceof NetherLinkError) || error.status !== 401) throw error;
      if (error.code === "auth.session_revoked") {
        this.end(error.code);
        throw error;
      }
      return this.#once<T>(method, path, call, await this.token(token));
    }
  }

  async #once<T>(method: string, path: string, call: Call, token?: string): Promise<T> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) query.set(name, String(value));
    }
    const headers: Record<string, string> = { ...call.headers };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (this.language) headers["Accept-Language"] = this.language;
    if (call.raw) headers["Content-Type"] = "application/octet-stream";
    else if (call.body !== undefined) headers["Content-Type"] = "application/json";
    const abort = new AbortController();
    const give = () => abort.abort();
    call.signal?.addEventListener("abort", give);
    if (call.signal?.aborted) give();
    const cancel = this.#env.after(call.timeoutMs ?? 20_000, () => abort.abort());
    try {
      const answer = await this.#env.fetch(`${this.#base}/api/v1${path}${String(query) ? `?${query}` : ""}`, {
        method,
        headers,
        body: call.raw ?? (call.body === undefined ? null : JSON.stringify(call.body)),
        signal: abort.signal,
        cache: "no-store",
      });
      if (!answer.ok) throw await refusal(answer);
      return (answer.status === 204 ? undefined : await answer.json()) as T;
    } catch (error) {
      throw error instanceof NetherLinkError ? error : lost();
    } finally {
      cancel();
      call.signal?.removeEventListener("abort", give);
    }
  }
}

async function refusal(answer: Response): Promise<NetherLinkError> {
  const problem = (await answer.json().catch(() => null)) as Partial<Problem> | null;
  const wait = Number(answer.headers.get("Retry-After"));
  return new NetherLinkError(problem?.code ?? "unknown", problem?.detail ?? `The server answered ${answer.status}`, {
    status: answer.status,
    ...(wait > 0 ? { retryAfterMs: wait * 1000 } : {}),
    ...(problem?.errors ? { fields: problem.errors } : {}),
  });
}
