// The list of rooms, as it changes while one looks at it: the server tells of a room that matches now or did before.
import type { ListedRoom, RoomFilter, RoomQuery } from "@netherlink/client";

/** As the server compares names: without regard to case and width. */
const fold = (text: string) => text.normalize("NFKC").toLowerCase().trim();

export function matches(room: ListedRoom, filter: RoomFilter): boolean {
  if (filter.game && fold(filter.game) !== fold(room.game)) return false;
  if (filter.status && filter.status !== room.status) return false;
  if (filter.has_password !== undefined && filter.has_password !== room.has_password) return false;
  if (filter.has_space !== undefined && filter.has_space !== room.player_count < room.max_players) return false;
  return !filter.q || fold(room.name).includes(fold(filter.q)) || fold(room.game).includes(fold(filter.q));
}

const newest = (a: ListedRoom, b: ListedRoom) =>
  a.created_at < b.created_at
    ? 1
    : a.created_at > b.created_at
      ? -1
      : b.id.length - a.id.length || (a.id < b.id ? 1 : -1);
const open = (room: ListedRoom) =>
  Number(room.status === "waiting" && !room.has_password && room.player_count < room.max_players);

const orders: Record<NonNullable<RoomQuery["sort"]>, (a: ListedRoom, b: ListedRoom) => number> = {
  newest,
  players: (a, b) => b.player_count - a.player_count || newest(a, b),
  hot: (a, b) => open(b) - open(a) || b.player_count - a.player_count || newest(a, b),
  name: (a, b) => fold(a.name).localeCompare(fold(b.name)) || newest(a, b),
};

/** The ids with one room that changed put in, moved, or taken off. */
export function placed(
  ids: string[],
  room: ListedRoom,
  filter: RoomFilter,
  sort: NonNullable<RoomQuery["sort"]>,
  known: ReadonlyMap<string, ListedRoom>,
): string[] {
  const others = ids.filter((id) => id !== room.id);
  if (!matches(room, filter)) return others;
  const order = orders[sort];
  const at = others.findIndex((id) => {
    const other = known.get(id);
    return other !== undefined && order(room, other) < 0;
  });
  return at < 0 ? [...others, room.id] : [...others.slice(0, at), room.id, ...others.slice(at)];
}
