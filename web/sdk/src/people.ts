import type { Call } from "./http.ts";
import type { KeyValue } from "./store.ts";
import type { User } from "./wire.ts";

/** Profiles that were seen, kept over visits. */
export class People {
  readonly #store: KeyValue;
  readonly #ask: <T>(method: string, path: string, call?: Call) => Promise<T>;
  readonly #users = new Map<string, User>();
  readonly #asking = new Map<string, Promise<User>>();

  constructor(store: KeyValue, ask: <T>(method: string, path: string, call?: Call) => Promise<T>) {
    this.#store = store;
    this.#ask = ask;
  }

  async load(): Promise<void> {
    for (const [, user] of await this.#store.entries<User>("user:"))
      if (!this.#users.has(user.id)) this.#users.set(user.id, user);
  }

  clear(): void {
    this.#users.clear();
  }

  get(id: string): User | undefined {
    return this.#users.get(id);
  }

  /** Asked once, however many want to know at a time. */
  fetch(id: string): Promise<User> {
    const asking =
      this.#asking.get(id) ??
      this.#ask<User>("GET", `/users/${id}`)
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
}
