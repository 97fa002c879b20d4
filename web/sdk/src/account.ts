import { Emitter } from "./emitter.ts";
import type { Environment } from "./env.ts";
import { type Call, Http, type Session, type SessionStore } from "./http.ts";
import type { ClientEvents } from "./options.ts";
import type {
  ClientConfig,
  Device,
  Friend,
  Login,
  OwnUser,
  Receipts,
  RegisterRequest,
  SearchHitList,
  UpgradeRequest,
} from "./wire.ts";

/** Signing in and out, and REST as whoever is signed in. */
export abstract class Account {
  readonly events = new Emitter<ClientEvents>();
  readonly http: Http;
  protected readonly device: Device;

  constructor(url: string, env: Environment, sessions: SessionStore, device: Device) {
    this.device = device;
    this.http = new Http(url, env, sessions, (code) => this.signedOut(code));
  }

  /** The session is over; `code` tells why. */
  protected abstract signedOut(code: string): void;

  /** Returns what ends it. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (value: ClientEvents[Name]) => void): () => void {
    return this.events.on(name, listener);
  }

  get session(): Session | null {
    return this.http.session;
  }

  get user(): OwnUser | null {
    return this.session?.user ?? null;
  }

  async register(request: RegisterRequest): Promise<OwnUser> {
    return this.#begin(
      await this.http.call<Login>("POST", "/auth/register", {
        body: { device: this.device, ...request },
        signed: false,
      }),
    );
  }

  async login(username: string, password: string): Promise<OwnUser> {
    const body = { username, password, device: this.device };
    return this.#begin(await this.http.call<Login>("POST", "/auth/login", { body, signed: false }));
  }

  /** Where the server allows guests; `code` is of a link to a room or group. */
  async guest(nickname: string, code?: string): Promise<OwnUser> {
    const body = code ? { nickname, code } : { nickname };
    return this.#begin(await this.http.call<Login>("POST", "/auth/guest", { body, signed: false }));
  }

  /** A guest becomes an account, and keeps everything. */
  async upgrade(request: UpgradeRequest): Promise<OwnUser> {
    return this.#took(await this.call<OwnUser>("POST", "/auth/upgrade", { body: request }));
  }

  #begin(login: Login): OwnUser {
    this.http.begin(login);
    this.events.emit("session", { user: login.user });
    return login.user;
  }

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

  /** What the server offers, and its limits. */
  config(): Promise<ClientConfig> {
    return this.call<ClientConfig>("GET", "/client-config", { signed: false });
  }

  async updateProfile(change: { nickname?: string; avatar_url?: string; bio?: string }): Promise<OwnUser> {
    return this.#took(await this.call<OwnUser>("PATCH", "/users/me", { body: change }));
  }

  // Where `features.email` is.

  /** Another address for the account; a code goes there, and until it is confirmed the old one goes on. */
  async changeEmail(email: string, password: string): Promise<OwnUser> {
    return this.#took(await this.call<OwnUser>("PUT", "/users/me/email", { body: { email, password } }));
  }

  async removeEmail(password: string): Promise<OwnUser> {
    await this.call("DELETE", "/users/me/email", { body: { password } });
    return this.refreshUser();
  }

  /** Sends the code again. */
  async requestEmailCode(): Promise<void> {
    await this.call("POST", "/auth/email/verify/request");
  }

  /** With the code of a mail; nobody need be signed in. */
  async verifyEmail(code: string): Promise<void> {
    await this.call("POST", "/auth/email/verify", { body: { code }, signed: false });
  }

  /** Whoever has confirmed the address gets a code; nobody is told whether there is anybody. */
  async requestPasswordReset(email: string): Promise<void> {
    await this.call("POST", "/auth/password/reset/request", { body: { email }, signed: false });
  }

  /** Every session of the account ends. */
  async resetPassword(code: string, password: string): Promise<void> {
    await this.call("POST", "/auth/password/reset", { body: { code, password }, signed: false });
  }

  /** One's own account as the server has it now. */
  async refreshUser(): Promise<OwnUser> {
    return this.#took(await this.call<OwnUser>("GET", "/users/me"));
  }

  #took(user: OwnUser): OwnUser {
    this.http.rename(user);
    this.events.emit("session", { user });
    return user;
  }

  friends(): Promise<Friend[]> {
    return this.all<Friend>("/friends");
  }

  /** Where `features.search` is: texts that may be read now, in one conversation or in all, newest first. */
  search(q: string, query: { conversation_id?: string; limit?: number; cursor?: string } = {}): Promise<SearchHitList> {
    return this.call<SearchHitList>("GET", "/chat/search", { query: { q, ...query } });
  }

  /** Who has got and read it. */
  messageReceipts(messageId: string): Promise<Receipts> {
    return this.call<Receipts>("GET", `/chat/messages/${messageId}/receipts`, { query: { limit: 200 } });
  }
}
