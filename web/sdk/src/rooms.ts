import type { Call } from "./http.ts";
import type {
  ClientFrames,
  NewRoom,
  NewRoomLink,
  QuickJoin,
  Room,
  RoomChange,
  RoomJoin,
  RoomJoinByCode,
  RoomLink,
  RoomList,
  RoomPeers,
  RoomStatus,
  VpnStatus,
} from "./wire.ts";

export interface RoomFilter {
  game?: string;
  status?: RoomStatus;
  has_password?: boolean;
  has_space?: boolean;
  /** Somewhere in the name or the game. */
  q?: string;
}

export interface RoomQuery extends RoomFilter {
  sort?: "newest" | "players" | "hot" | "name";
  limit?: number;
  cursor?: string;
}

type Ask = <T>(method: string, path: string, call?: Call) => Promise<T>;

/** Rooms: their list, the one that one is in, and its virtual LAN. What happens there is told by the events `room.…`. */
export class Rooms {
  readonly #ask: Ask;
  readonly #tell: (frame: "rooms.watch" | "rooms.unwatch", data: ClientFrames["rooms.watch"]) => void;
  #watched: RoomFilter | undefined;

  constructor(ask: Ask, tell: (frame: "rooms.watch" | "rooms.unwatch", data: ClientFrames["rooms.watch"]) => void) {
    this.#ask = ask;
    this.#tell = tell;
  }

  list(query: RoomQuery = {}): Promise<RoomList> {
    return this.#ask<RoomList>("GET", "/rooms", { query: { ...query } });
  }

  /** Asks for the list live: `room.updated` and `room.closed`, for what matches or did so. Told again after a reconnect. */
  watch(filter: RoomFilter = {}): void {
    this.#watched = filter;
    this.#tell("rooms.watch", { filter });
  }

  unwatch(): void {
    if (!this.#watched) return;
    this.#watched = undefined;
    this.#tell("rooms.unwatch", {});
  }

  /** The connection is there again. */
  resume(): void {
    if (this.#watched) this.#tell("rooms.watch", { filter: this.#watched });
  }

  create(room: NewRoom): Promise<Room> {
    return this.#ask<Room>("POST", "/rooms", { body: room });
  }

  get(id: string): Promise<Room> {
    return this.#ask<Room>("GET", `/rooms/${id}`);
  }

  change(id: string, change: RoomChange): Promise<Room> {
    return this.#ask<Room>("PATCH", `/rooms/${id}`, { body: change });
  }

  close(id: string): Promise<void> {
    return this.#ask<void>("DELETE", `/rooms/${id}`);
  }

  /** Rejects with `room.in_another` while one sits elsewhere, unless `leave_other`. */
  join(id: string, how: RoomJoin = {}): Promise<Room> {
    return this.#ask<Room>("POST", `/rooms/${id}/join`, { body: how });
  }

  joinByCode(how: RoomJoinByCode): Promise<Room> {
    return this.#ask<Room>("POST", "/rooms/join", { body: how });
  }

  /** The best open room of a game, or a new one. */
  quickJoin(how: QuickJoin): Promise<Room> {
    return this.#ask<Room>("POST", "/rooms/quick-join", { body: how });
  }

  async leave(id: string): Promise<void> {
    await this.#ask("POST", `/rooms/${id}/leave`);
  }

  ready(id: string, ready: boolean): Promise<Room> {
    return this.#ask<Room>("POST", `/rooms/${id}/ready`, { body: { ready } });
  }

  /** `start` by the owner when all others are ready; `finish` and `reopen` by the owner. */
  move(id: string, to: "start" | "finish" | "reopen"): Promise<Room> {
    return this.#ask<Room>("POST", `/rooms/${id}/${to}`);
  }

  /** Out, and not in again unless invited. */
  async kick(id: string, user_id: string): Promise<void> {
    await this.#ask("POST", `/rooms/${id}/kick`, { body: { user_id } });
  }

  async transfer(id: string, user_id: string): Promise<void> {
    await this.#ask("POST", `/rooms/${id}/transfer`, { body: { user_id } });
  }

  async invite(id: string, user_id: string): Promise<void> {
    await this.#ask("POST", `/rooms/${id}/invite`, { body: { user_id } });
  }

  link(id: string, link: NewRoomLink = {}): Promise<RoomLink> {
    return this.#ask<RoomLink>("POST", `/rooms/${id}/link`, { body: link });
  }

  // --- The virtual LAN, where `features.vpn` is

  async peers(id: string): Promise<RoomPeers["items"]> {
    return (await this.#ask<RoomPeers>("GET", `/rooms/${id}/peers`)).items;
  }

  lan(): Promise<VpnStatus> {
    return this.#ask<VpnStatus>("GET", "/vpn/status");
  }

  /** For one device, once, and soon. */
  lanKey(room_id: string, device?: string): Promise<VpnStatus> {
    return this.#ask<VpnStatus>("POST", "/vpn/pre-auth-key", { body: { room_id, ...(device ? { device } : {}) } });
  }
}
