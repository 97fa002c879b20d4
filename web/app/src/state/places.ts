// Groups and rooms: what the server says of them.
import { type Conversation, NetherLinkError, type User } from "@netherlink/client";
import { signal } from "@preact/signals";
import { t } from "../i18n/index.ts";
import { navigate, route } from "../lib/router.ts";
import { tameName } from "../lib/text.ts";
import { client, me, toast } from "./app.ts";

export interface RoomMember {
  user_id: string;
  nickname: string;
  ready: boolean;
  online: boolean;
  joined_at: string;
}

export interface RoomInfo {
  id: string;
  conversation_id: string;
  name: string;
  game: string;
  owner_id: string;
  status: "waiting" | "playing" | "ended";
  max_players: number;
  player_count: number;
  has_password: boolean;
  visibility: "public" | "friends" | "private";
  created_at: string;
  members?: RoomMember[];
}

export interface GroupInfo {
  id: string;
  conversation_id: string;
  name: string;
  owner_id: string;
  member_count: number;
  my_role: "owner" | "admin" | "member";
  announcement?: string;
  avatar_url?: string;
  join?: "link" | "request" | "invite";
  history?: "all" | "joined";
}

export interface GroupMember {
  user: User;
  role: "owner" | "admin" | "member";
  muted_until: string | null;
  joined_at: string;
}

export interface Invitation {
  code: string;
  url?: string;
  expires_at: string | null;
  max_uses: number | null;
}

export interface Vpn {
  status: "ready" | "pending" | "disabled";
  control_url?: string | null;
  pre_auth_key?: string | null;
  expires_at?: string | null;
}

export interface Peer {
  user_id: string;
  device: string;
  address: string;
  online: boolean;
}

export const rooms = signal<ReadonlyMap<string, RoomInfo>>(new Map());

export function keepRoom(room: RoomInfo): RoomInfo {
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

export const linkOf = (invitation: Invitation): string =>
  `${location.origin}/invite/${encodeURIComponent(invitation.code)}`;

/** In one room at a time: asks before leaving another. */
export async function joinRoom(
  path: string,
  body: Record<string, unknown>,
  ask: () => Promise<boolean>,
): Promise<RoomInfo | undefined> {
  try {
    return keepRoom(await client.call<RoomInfo>("POST", path, { body }));
  } catch (error) {
    if (!(error instanceof NetherLinkError) || error.code !== "room.in_another") throw error;
    if (!(await ask())) return undefined;
    return keepRoom(await client.call<RoomInfo>("POST", path, { body: { ...body, leave_other: true } }));
  }
}

const inRoom = (id: string) => route.peek().name === "room" && route.peek().id === id;

client.on("frame", ({ type, data }) => {
  const one = data as {
    room: RoomInfo;
    room_id: string;
    member: RoomMember;
    user_id: string;
    reason: string;
    from: User | string;
  };
  if (type === "room.updated") {
    keepRoom(one.room);
  } else if (type === "room.member_joined") {
    const room = rooms.peek().get(one.room_id);
    if (!room) return;
    const members = [...(room.members ?? []).filter((member) => member.user_id !== one.member.user_id), one.member];
    keepRoom({ ...room, members, player_count: members.length });
  } else if (type === "room.member_left") {
    const room = rooms.peek().get(one.room_id);
    if (one.user_id === me.peek()?.id) {
      if (inRoom(one.room_id) && one.reason !== "left") {
        toast(t("room left"));
        navigate("/rooms");
      }
    } else if (room?.members) {
      const members = room.members.filter((member) => member.user_id !== one.user_id);
      keepRoom({ ...room, members, player_count: members.length });
    }
  } else if (type === "room.closed") {
    if (inRoom(one.room_id)) {
      toast(t("room closed"));
      navigate("/rooms");
    }
    dropRoom(one.room_id);
  } else if (type === "room.invited") {
    const from = typeof one.from === "string" ? (client.known(one.from)?.nickname ?? "") : one.from.nickname;
    toast(t("invited you", tameName(from), tameName(one.room.name)), "info", {
      label: t("join"),
      run: () => navigate(`/room/${one.room.id}`),
    });
  }
});

/** A page of a conversation that a group or room has. */
export const groupPage = (conversation: Conversation): string | null =>
  conversation.kind === "group"
    ? `/group/${conversation.target_id}`
    : conversation.kind === "room"
      ? `/room/${conversation.target_id}`
      : null;
