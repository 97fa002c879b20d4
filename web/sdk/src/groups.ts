import type { Call } from "./http.ts";
import type {
  Group,
  GroupBan,
  GroupChange,
  GroupMember,
  GroupMemberChange,
  GroupRequest,
  JoinGroup,
  Link,
  NewGroup,
  NewLink,
  Pending,
} from "./wire.ts";

interface Asks {
  call<T>(method: string, path: string, call?: Call): Promise<T>;
  all<T>(path: string, query?: Call["query"], most?: number): Promise<T[]>;
}

/** Groups. What changes is told by `group.updated`, `conversation.updated`, `conversation.removed`. */
export class Groups {
  readonly #asks: Asks;

  constructor(asks: Asks) {
    this.#asks = asks;
  }

  list(): Promise<Group[]> {
    return this.#asks.all<Group>("/groups");
  }

  create(group: NewGroup): Promise<Group> {
    return this.#asks.call<Group>("POST", "/groups", { body: group });
  }

  get(id: string): Promise<Group> {
    return this.#asks.call<Group>("GET", `/groups/${id}`);
  }

  change(id: string, change: GroupChange): Promise<Group> {
    return this.#asks.call<Group>("PATCH", `/groups/${id}`, { body: change });
  }

  /** Gone, for everybody. */
  dissolve(id: string): Promise<void> {
    return this.#asks.call<void>("DELETE", `/groups/${id}`);
  }

  leave(id: string): Promise<void> {
    return this.#asks.call<void>("POST", `/groups/${id}/leave`);
  }

  async transfer(id: string, user_id: string): Promise<void> {
    await this.#asks.call("POST", `/groups/${id}/transfer`, { body: { user_id } });
  }

  /** Up to `most`, eldest first. */
  members(id: string, most = 2000): Promise<GroupMember[]> {
    return this.#asks.all<GroupMember>(`/groups/${id}/members`, {}, most);
  }

  /** Friends of the caller. */
  async add(id: string, user_ids: string[]): Promise<void> {
    await this.#asks.call("POST", `/groups/${id}/members`, { body: { user_ids } });
  }

  async setMember(id: string, userId: string, change: GroupMemberChange): Promise<void> {
    await this.#asks.call("PATCH", `/groups/${id}/members/${userId}`, { body: change });
  }

  remove(id: string, userId: string): Promise<void> {
    return this.#asks.call<void>("DELETE", `/groups/${id}/members/${userId}`);
  }

  bans(id: string): Promise<GroupBan[]> {
    return this.#asks.all<GroupBan>(`/groups/${id}/bans`);
  }

  async ban(id: string, userId: string, on = true): Promise<void> {
    await this.#asks.call(on ? "PUT" : "DELETE", `/groups/${id}/bans/${userId}`);
  }

  link(id: string, link: NewLink = {}): Promise<Link> {
    return this.#asks.call<Link>("POST", `/groups/${id}/link`, { body: link });
  }

  /** Ends one link, or all of them. */
  unlink(id: string, code?: string): Promise<void> {
    return this.#asks.call<void>("DELETE", `/groups/${id}/link`, { query: { code } });
  }

  /** The group; or `{status: "pending"}` where its admins decide. */
  join(how: JoinGroup): Promise<Group | Pending> {
    return this.#asks.call<Group | Pending>("POST", "/groups/join", { body: how });
  }

  requests(id: string): Promise<GroupRequest[]> {
    return this.#asks.all<GroupRequest>(`/groups/${id}/requests`);
  }

  async answer(id: string, userId: string, answer: "accept" | "reject"): Promise<void> {
    await this.#asks.call("POST", `/groups/${id}/requests/${userId}/${answer}`);
  }
}
