// Rooms and groups: what the server says of them.
import {
  type Conversation,
  type Group,
  type ListedRoom,
  NetherLinkError,
  type Room,
  type RoomJoin,
  type RoomMember,
} from "@netherlink/client";
import { signal } from "@preact/signals";
import { t } from "../i18n/index.ts";
import { navigate, route } from "../lib/router.ts";
import { tameName } from "../lib/text.ts";
import { client, conversations, me, toast } from "./app.ts";

/** A room of the list, or one that was looked into: then with its members. */
export type KnownRoom = ListedRoom & { members?: RoomMember[] };

export const rooms = signal<ReadonlyMap<string, KnownRoom>>(new Map());
export const groups = signal<ReadonlyMap<string, Group>>(new Map());

export function keepRoom(room: KnownRoom): KnownRoom {
  const members = room.members ?? rooms.peek().get(room.id)?.members;
  const kept = members ? { ...room, members } : room;
  rooms.value = new Map(rooms.peek()).set(room.id, kept);
  return kept;
}

function dropRoom(id: string): void {
  const all = new Map(rooms.peek());
  all.delete(id);
  rooms.value = all;
}

export function keepGroup(group: Group): Group {
  const known = groups.peek().get(group.id);
  if (known && known.version > group.version) return known;
  groups.value = new Map(groups.peek()).set(group.id, group);
  return group;
}

const asked = new Set<string>();
/** A group of one's own, if it is known already; else it is asked for, and `groups` tells. */
export function groupOf(id: string): Group | undefined {
  const known = groups.value.get(id);
  if (!known && !asked.has(id)) {
    asked.add(id);
    client.groups.get(id).then(keepGroup, () => asked.delete(id));
  }
  return known;
}

const memberIds = signal<ReadonlyMap<string, readonly string[]>>(new Map());
const askedMembers = new Set<string>();

/** Who is in a group or room, as far as it is known; asked for when it is needed first. */
export function membersOf(conversationId: string): readonly string[] {
  const [kind, id = ""] = conversationId.split("_");
  if (kind === "room") return rooms.value.get(id)?.members?.map((one) => one.user_id) ?? [];
  if (kind !== "group") return [];
  if (!askedMembers.has(id)) {
    askedMembers.add(id);
    client.groups.members(id, 500).then(
      (members) => {
        for (const { user } of members) client.remember(user);
        memberIds.value = new Map(memberIds.peek()).set(
          id,
          members.map(({ user }) => user.id),
        );
      },
      () => askedMembers.delete(id),
    );
  }
  return memberIds.value.get(id) ?? [];
}

/** The room that one sits in: its conversation is in the list as long. */
export const seat = (): string | null => conversations.value.find((one) => one.kind === "room")?.target_id ?? null;

export const linkOf = (invitation: { code: string }): string =>
  `${location.origin}/invite/${encodeURIComponent(invitation.code)}`;

/** In one room at a time: asks before leaving another. */
export async function takeSeat(
  take: (how: Pick<RoomJoin, "leave_other">) => Promise<Room>,
  ask: () => Promise<boolean>,
): Promise<KnownRoom | undefined> {
  try {
    return keepRoom(await take({}));
  } catch (error) {
    if (!(error instanceof NetherLinkError) || error.code !== "room.in_another") throw error;
    if (!(await ask())) return undefined;
    return keepRoom(await take({ leave_other: true }));
  }
}

const at = (page: string, id: string) => {
  const { name, id: here } = route.peek();
  return (name === page && here === id) || (name === "conversation" && here === `${page}_${id}`);
};

function left(id: string, userId: string, reason: string): void {
  const room = rooms.peek().get(id);
  if (room?.members) {
    const members = room.members.filter((member) => member.user_id !== userId);
    keepRoom({ ...room, members, player_count: members.length });
  }
  if (userId !== me.peek()?.id || !at("room", id) || reason === "left") return;
  toast(reason === "kicked" ? t("room kicked") : t("room left"));
  navigate("/rooms");
}

client.on("room.updated", ({ room }) => void keepRoom(room));
client.on("room.member_joined", ({ room_id, member }) => {
  const room = rooms.peek().get(room_id);
  if (!room) return;
  const members = [...(room.members ?? []).filter((one) => one.user_id !== member.user_id), member];
  keepRoom({ ...room, members, player_count: members.length });
});
client.on("room.member_left", ({ room_id, user_id, reason }) => left(room_id, user_id, reason));
client.on("room.closed", ({ room_id, reason }) => {
  if (at("room", room_id) && reason !== "hidden") {
    toast(t("room closed"));
    navigate("/rooms");
  }
  dropRoom(room_id);
});
client.on("room.invited", ({ room, from }) => {
  keepRoom(room);
  toast(t("invited you", tameName(from.nickname), tameName(room.name)), "info", {
    label: t("look"),
    run: () => navigate(`/room/${room.id}`),
  });
});
client.on("welcome", () => {
  asked.clear();
  askedMembers.clear();
  // What was changed meanwhile was not told.
  for (const id of groups.peek().keys()) client.groups.get(id).then(keepGroup, () => undefined);
});
client.on("group.updated", ({ group }) => {
  askedMembers.delete(group.id);
  keepGroup(group);
});
client.on("conversation.removed", ({ conversation_id }) => {
  const [kind, id] = conversation_id.split("_");
  if (kind !== "group" || !id) return;
  const all = new Map(groups.peek());
  all.delete(id);
  groups.value = all;
  asked.delete(id);
  if (!at("group", id)) return;
  toast(t("group left"));
  navigate("/");
});
client.on("session", ({ user }) => {
  if (user) return;
  rooms.value = new Map();
  groups.value = new Map();
  memberIds.value = new Map();
  asked.clear();
  askedMembers.clear();
});

/** Where a conversation is shown: rooms have a page of their own around it. */
export const pageOf = (conversation: Conversation): string =>
  conversation.kind === "room" ? `/room/${conversation.target_id}` : `/c/${conversation.conversation_id}`;
