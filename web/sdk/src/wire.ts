// Written by tools/wire-types.mjs from api/openapi.yaml and api/asyncapi.yaml: change those, then run `npm run types`.

export type NewAttachment = {
  /** A file name of at most `limits.attachment_name_bytes` (255) bytes, without folders and control characters */
  name: string;
  /** At most `limits.attachment_bytes` */
  size: number;
  /** What the client believes; the server finds out by itself */
  content_type?: string;
  conversation_id?: ConversationId;
};

export type Attachment = {
  attachment_id: Id;
  name: string;
  size: number;
  /** Where the next byte belongs; the same as size when complete */
  offset: number;
  status: "uploading" | "complete";
  created_at: Timestamp;
  /** When it is deleted, unless more of it comes, or a message refers to it. Told to its owner */
  expires_at?: Timestamp;
  /** Most bytes of one PATCH, while uploading */
  chunk_bytes?: number;
  /** Found out from the content. This and what follows when complete */
  content_type?: string;
  sha256?: string;
  /** Of an image that can be shown, as it is shown */
  width?: number;
  height?: number;
  /** Whether there is a thumbnail */
  preview?: boolean;
  /** A path with a token of the caller's: works until url_expires_at */
  url?: string;
  thumbnail_url?: string;
  url_expires_at?: Timestamp;
};

/** A positive 63-bit number in decimal */
export type Id = string;

/** RFC 3339, UTC, milliseconds */
export type Timestamp = string;

export type Seq = number;

/** `single_{smaller user id}_{larger user id}`, `group_{id}`, `room_{id}` or `world` */
export type ConversationId = string;

/** 1-64 printable ASCII characters without space, compared byte by byte */
export type ClientMsgId = string;

export type MessageKind = "text" | "image" | "file" | "emoji" | "custom" | "encrypted" | "system";

export type ErrorCode = "request.malformed" | "request.invalid" | "request.too_large" | "request.headers_too_large" | "request.timeout" | "request.expectation_failed" | "request.unsupported_media_type" | "request.upgrade_required" | "request.rate_limited" | "request.version_unsupported" | "resource.not_found" | "method.not_allowed" | "server.internal" | "server.overloaded" | "server.unavailable" | "auth.required" | "auth.invalid_token" | "auth.token_expired" | "auth.session_revoked" | "auth.invalid_credentials" | "auth.refresh_invalid" | "auth.weak_password" | "auth.origin_forbidden" | "email.disabled" | "email.code_invalid" | "email.taken" | "email.nothing_to_verify" | "user.name_taken" | "user.not_found" | "user.not_reachable" | "friend.already" | "friend.request_pending" | "friend.too_many" | "auth.guest" | "auth.not_guest" | "chat.not_member" | "chat.muted" | "chat.too_long" | "chat.blocked_word" | "chat.forbidden" | "chat.recall_too_late" | "chat.recalled" | "chat.stale" | "chat.signature_invalid" | "chat.signature_required" | "group.forbidden" | "group.full" | "group.link_invalid" | "group.too_many" | "room.full" | "room.wrong_password" | "room.not_ready" | "room.wrong_state" | "room.in_another" | "room.forbidden" | "room.banned" | "room.link_invalid" | "attachment.disabled" | "attachment.too_large" | "attachment.type_refused" | "attachment.wrong_offset" | "attachment.busy" | "attachment.complete" | "attachment.incomplete" | "attachment.in_use" | "attachment.quota_exceeded" | "attachment.too_many_unfinished" | "attachment.range_unsatisfiable" | "vpn.disabled" | "vpn.unavailable" | "e2e.too_many_devices" | "e2e.too_many_keys" | "e2e.key_id_taken" | "frame.malformed" | "frame.unknown_type";

/** RFC 9457 */
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  errors?: {
    /** A path into the request, e.g. `device.name` */
    field: string;
    message: string;
  }[];
};

export type Device = {
  id?: string;
  name?: string;
  platform?: string;
};

export type RegisterRequest = {
  /** 3 to 32 characters after NFKC: letters and digits of any script, and `_ . -`, neither of `. -` at an end. Unique without regard to case or width: "Ａlice", "ALICE" and "alice" are one name. */
  username: string;
  /** At least `auth.password_min_length` (8) bytes, at most 1024 */
  password: string;
  /** The user name if absent */
  nickname?: string;
  /** Where mail is sent (`features.email`) a code goes there, and the address counts once it is confirmed; whether it belongs to another account is not told. Elsewhere it is the first one's who gives it. */
  email?: string;
  device?: Device;
};

export type GuestRequest = {
  nickname: string;
  /** Of a link into a group or room: the guest comes in there, or not at all */
  code?: string;
  device?: Device;
};

export type UpgradeRequest = {
  username: string;
  password: string;
  email?: string;
};

export type LoginRequest = {
  /** A user name or an e-mail address */
  username: string;
  password: string;
  device?: Device;
};

export type RefreshRequest = {
  refresh_token: string;
};

export type ProfileChange = {
  /** At most 64 characters */
  nickname?: string;
  /** An http or https URL, or empty */
  avatar_url?: string;
  /** At most 500 characters */
  bio?: string;
};

export type EmailCode = {
  /** 24 letters and digits; case, blanks and hyphens do not matter */
  code: string;
};

export type EmailChange = {
  email: string;
  /** The one in force */
  password: string;
};

export type PasswordResetRequest = {
  email: string;
};

export type PasswordReset = {
  code: string;
  /** The new one */
  password: string;
};

export type PasswordChange = {
  old_password: string;
  new_password: string;
};

export type User = {
  id: Id;
  username: string;
  nickname: string;
  avatar_url: string;
  bio: string;
  created_at: Timestamp;
  /** Has a nickname alone */
  guest?: true;
  /** The account is no more: its nickname is "deleted user", the other texts are empty */
  deleted?: true;
};

export type UserList = {
  items: User[];
  next_cursor: string | null;
};

export type AccountDeletion = {
  password: string;
};

export type DoNotDisturb = {
  from: TimeOfDay;
  to: TimeOfDay;
  /** Of the IANA database, e.g. Europe/Berlin */
  timezone: string;
};

export type TimeOfDay = string;

export type Preferences = {
  /** `all` at first */
  notifications: "all" | "mentions" | "none";
  /** Quiet hours, over midnight if `to` is earlier than `from`; null (at first) if there are none */
  dnd: DoNotDisturb | null;
  /** Whether anybody sees that the caller is online; true at first */
  show_presence: boolean;
  /** `everyone` at first */
  direct_messages_from: "everyone" | "friends";
};

/** What is absent stays as it is. `dnd` null ends the quiet hours. */
export type PreferenceChange = {
  notifications?: "all" | "mentions" | "none";
  dnd?: DoNotDisturb | null;
  show_presence?: boolean;
  direct_messages_from?: "everyone" | "friends";
};

export type RoomStatus = "waiting" | "playing" | "ended";

/** Who may know of it without an invitation: everyone, friends of its owner, nobody */
export type RoomVisibility = "public" | "friends" | "private";

export type RoomMember = {
  user_id: Id;
  nickname: string;
  ready: boolean;
  /** False: has no socket; the seat is kept for `rooms.seat_grace` */
  online: boolean;
  joined_at: Timestamp;
};

export type ListedRoom = {
  id: Id;
  conversation_id: ConversationId;
  name: string;
  game: string;
  owner_id: Id;
  status: RoomStatus;
  max_players: number;
  player_count: number;
  has_password: boolean;
  visibility: RoomVisibility;
  created_at: Timestamp;
};

export type Room = {
  id: Id;
  conversation_id: ConversationId;
  name: string;
  game: string;
  owner_id: Id;
  status: RoomStatus;
  max_players: number;
  player_count: number;
  has_password: boolean;
  visibility: RoomVisibility;
  created_at: Timestamp;
  /** Who sits longest, first */
  members: RoomMember[];
};

export type RoomList = {
  items: ListedRoom[];
  next_cursor: string | null;
};

export type NewRoom = {
  /** At most `limits.room_name_bytes` */
  name: string;
  /** At most `limits.room_game_bytes` */
  game: string;
  /** At most `limits.room_players`; 8 if absent */
  max_players?: number;
  /** At most `limits.room_password_bytes` */
  password?: string;
  visibility?: RoomVisibility;
  /** Give up a seat elsewhere for it, instead of `room.in_another` */
  leave_other?: boolean;
};

export type RoomChange = {
  name?: string;
  game?: string;
  max_players?: number;
  /** null: none any more */
  password?: string | null;
  visibility?: RoomVisibility;
};

export type RoomJoin = {
  password?: string;
  leave_other?: boolean;
};

export type RoomJoinByCode = {
  code: string;
  password?: string;
  leave_other?: boolean;
};

export type QuickJoin = {
  game: string;
  leave_other?: boolean;
};

export type RoomReady = {
  ready: boolean;
};

export type RoomPerson = {
  user_id: Id;
};

export type NewRoomLink = {
  /** Seconds, at most `rooms.link_ttl`; absent: as long as the room */
  expires_in?: number;
  /** Absent: any number */
  max_uses?: number;
};

export type RoomLink = {
  code: string;
  /** Opens the web client with the code */
  url: string;
  expires_at: Timestamp | null;
  max_uses: number | null;
};

export type Nothing = Record<string, unknown>;

export type RoomPeers = {
  items: VpnPeer[];
};

/** A device in the virtual LAN */
export type VpnPeer = {
  user_id: Id;
  device: string;
  address: string;
  online: boolean;
};

export type VpnStatus = {
  status: "ready" | "pending" | "disabled";
  control_url?: string;
  /** How far the control server is behind what it should do */
  lag?: {
    /** Changes that were asked for */
    wanted: number;
    /** Those of them that the control server knows */
    applied: number;
    /** Since when there are others, in milliseconds */
    behind_ms: number;
  };
};

export type NewPreAuthKey = {
  room_id?: Id;
  device?: string;
};

/** Whom one may not see looks like somebody who is never there */
export type Presence = {
  user_id: Id;
  /** On any device */
  online: boolean;
  room_id?: Id;
  /** When they last came or went, or now; null if that is not known, or not for the caller to know */
  last_seen: Timestamp | null;
};

export type Friend = {
  user: User;
  presence: Presence;
  since: Timestamp;
};

export type FriendList = {
  items: Friend[];
  next_cursor: string | null;
};

export type NewFriendRequest = {
  user_id: Id;
  /** At most `limits.friend_message_bytes` (500) bytes */
  message?: string;
};

export type FriendRequest = {
  id: Id;
  from: User;
  to: User;
  message: string;
  status: "pending" | "accepted" | "rejected";
  created_at: Timestamp;
};

export type FriendRequestList = {
  items: FriendRequest[];
  next_cursor: string | null;
};

/** What who joins may read of the past; `joined` (nothing) at first */
export type GroupHistory = "all" | "joined";

/** Who has a link joins at once (`link`, at first), asks (`request`), or cannot use it (`invite`) */
export type GroupJoin = "link" | "request" | "invite";

export type GroupRole = "owner" | "admin" | "member";

export type Group = {
  id: Id;
  conversation_id: ConversationId;
  name: string;
  owner_id: Id;
  member_count: number;
  my_role: GroupRole;
  announcement: string;
  avatar_url: string;
  history: GroupHistory;
  join: GroupJoin;
  /** Admins alone see it */
  pending_requests?: number;
  /** Grows with every change: what arrives with a lower one is older */
  version: number;
  created_at: Timestamp;
};

export type NewGroup = {
  /** One line, at most `limits.group_name_bytes` (100) bytes */
  name: string;
  /** At most `limits.group_announcement_bytes` (2000) bytes */
  announcement?: string;
  /** An http or https URL, or empty */
  avatar_url?: string;
  history?: GroupHistory;
  join?: GroupJoin;
  /** Friends, at most `limits.group_added` (100) */
  members?: Id[];
};

/** What is absent stays as it is */
export type GroupChange = {
  /** One line, at most `limits.group_name_bytes` (100) bytes */
  name?: string;
  /** At most `limits.group_announcement_bytes` (2000) bytes */
  announcement?: string;
  /** An http or https URL, or empty */
  avatar_url?: string;
  history?: GroupHistory;
  join?: GroupJoin;
};

export type GroupList = {
  items: Group[];
  next_cursor: string | null;
};

export type GroupMember = {
  user: User;
  role: GroupRole;
  muted_until: Timestamp | null;
  joined_at: Timestamp;
};

export type GroupMemberList = {
  items: GroupMember[];
  next_cursor: string | null;
};

export type NewGroupMembers = {
  /** At most `limits.group_added` (100) */
  user_ids: Id[];
};

/** What is absent stays as it is */
export type GroupMemberChange = {
  role?: "admin" | "member";
  /** Until then they may not write; null ends it */
  muted_until?: string | null;
};

export type UserReference = {
  user_id: Id;
};

export type GroupBan = {
  user: User;
  banned_by: Id;
  created_at: Timestamp;
};

export type GroupBanList = {
  items: GroupBan[];
  next_cursor: string | null;
};

export type GroupRequest = {
  user: User;
  created_at: Timestamp;
};

export type GroupRequestList = {
  items: GroupRequest[];
  next_cursor: string | null;
};

export type NewLink = {
  /** Seconds; for ever if absent */
  expires_in?: number;
  /** People who may join by it; any number if absent */
  max_uses?: number;
};

export type Link = {
  code: string;
  /** What a browser opens to join */
  url: string;
  expires_at: Timestamp | null;
  max_uses: number | null;
};

export type JoinGroup = {
  code: string;
};

export type Pending = {
  status: "pending";
};

/** As User, with what only its owner sees */
export type OwnUser = {
  id: Id;
  username: string;
  nickname: string;
  avatar_url: string;
  bio: string;
  /** Has a nickname alone */
  guest?: true;
  /** Empty if none was given */
  email: string;
  /** Whether the caller has shown that it is theirs */
  email_verified: boolean;
  /** Takes its place once it is confirmed; absent: none does */
  email_pending?: string;
  created_at: Timestamp;
};

export type Tokens = {
  access_token: string;
  refresh_token: string;
  token_type: "Bearer";
  /** Of the access token */
  expires_in: number;
  session_id: Id;
};

export type Heartbeat = {
  interval: number;
  min_interval: number;
  max_interval: number;
  probe_count: number;
};

export type Login = {
  user: OwnUser;
  access_token: string;
  refresh_token: string;
  token_type: "Bearer";
  expires_in: number;
  session_id: Id;
  heartbeat: Heartbeat;
  /** By conversation id; only those with something unread */
  unread_counts: Record<string, number>;
  recent_messages: Message[];
  vpn: Vpn;
};

export type Vpn = {
  /** pending: a key is being made, or the control server does not answer; `vpn.updated` tells of it */
  status: "ready" | "pending" | "disabled";
  control_url?: string;
  /** Works once; a secret */
  pre_auth_key?: string;
  expires_at?: Timestamp;
};

export type Session = {
  id: Id;
  device: {
    id: string;
    name: string;
    platform: string;
  };
  created_at: Timestamp;
  last_seen_at: Timestamp;
  current: boolean;
};

export type SessionList = {
  items: Session[];
  next_cursor: string | null;
};

export type SendRequest = {
  conversation_id?: ConversationId;
  to_user_id?: Id;
  client_msg_id: ClientMsgId;
  kind: "text" | "image" | "file" | "emoji" | "custom" | "encrypted";
  /** At most `limits.content_bytes` (8192) bytes, without U+0000; not empty in a text; base64 when encrypted */
  content: string;
  /** At most `limits.extra_bytes` (8192) bytes; required when custom. `attachment_id` in an image or file names a complete upload of the sender; the server then says its `name`, `size`, `content_type`, `width`, `height` and `preview`, whatever the client says. */
  extra?: Record<string, unknown>;
  /** A message of the same conversation */
  reply_to?: Id;
  /** People of the conversation; `all` is everybody, except in the world */
  mentions?: Mention[];
  /** When it was signed: at most `limits.signature_window` from the server's time, else `chat.stale`. Without a signature it is not looked at */
  client_time?: string;
  /** By the signing key that this session has published, over the text of docs/end-to-end.md; else `chat.signature_invalid` */
  signature?: string;
};

export type Ack = {
  client_msg_id: ClientMsgId;
  message_id: Id;
  conversation_id: ConversationId;
  seq: number;
  sent_at: Timestamp;
  duplicate: boolean;
};

export type Mention = Id | "all";

/** Of the message that is answered, as it was when this was sent or read */
export type Quote = {
  sender_id: Id;
  kind: MessageKind;
  /** Its first 100 characters */
  content: string;
  status: "normal" | "edited" | "recalled" | "deleted";
};

export type EditRequest = {
  /** As in a message of the same kind */
  content: string;
};

export type Receipts = {
  /** Those who read it included */
  delivered_count: number;
  read_count: number;
  items: ({
    user_id: Id;
    state: "delivered" | "read";
  })[];
  next_cursor: string | null;
};

export type ConversationChange = {
  pinned?: boolean;
  muted?: boolean;
};

export type Message = {
  message_id: Id;
  conversation_id: ConversationId;
  seq: number;
  revision: number;
  sender_id: Id;
  client_msg_id: ClientMsgId;
  kind: MessageKind;
  content: string;
  extra?: Record<string, unknown>;
  reply_to?: Id;
  mentions?: Mention[];
  quote?: Quote;
  reactions: {
    emoji: string;
    count: number;
    mine: boolean;
  }[];
  status: "normal" | "edited" | "recalled" | "deleted";
  sent_at: Timestamp;
  edited_at?: Timestamp;
  client_time?: Timestamp;
  signature?: Signature;
  signed_by?: Signer;
};

/** Of a signed message that was not changed; the server found the signature right */
export type Signer = {
  device_id: Id;
  signing_key: PublicKey;
};

/** 32 bytes in base64 without padding */
export type PublicKey = string;

/** Ed25519: 64 bytes in base64 without padding */
export type Signature = string;

/** The device's choice, printable ASCII without space */
export type KeyId = string;

export type SignedKey = {
  key_id: KeyId;
  key: PublicKey;
  signature: Signature;
};

export type Keys = {
  /** X25519 */
  identity_key: PublicKey;
  /** Ed25519 */
  signing_key: PublicKey;
  /** By the signing key, over whose keys these are */
  signature: Signature;
  /** Handed out again and again; to be replaced by one with another id from time to time */
  signed_pre_key: SignedKey;
  /** At most `limits.e2e_one_time_keys` (100), also together with those that are left */
  one_time_keys?: SignedKey[];
};

export type OwnKeys = {
  device_id: Id;
  identity_key: PublicKey;
  signing_key: PublicKey;
  signature: Signature;
  signed_pre_key: SignedKey;
  /** Those that nobody has claimed */
  one_time_keys: number;
  /** Somebody got the signed pre-key because no one-time key was left */
  pre_key_used: boolean;
  /** Of the list of one's devices */
  version: number;
  created_at: Timestamp;
  updated_at: Timestamp;
};

export type Devices = {
  /** Counts up whenever a device comes or goes */
  version: number;
  items: {
    device_id: Id;
    identity_key: PublicKey;
    signing_key: PublicKey;
    signature: Signature;
    created_at: Timestamp;
  }[];
};

export type ClaimRequest = {
  /** At most `limits.e2e_claim_devices` (50), none twice */
  devices: {
    user_id: Id;
    device_id: Id;
  }[];
};

export type ClaimedKeys = {
  items: ({
    user_id: Id;
    device_id: Id;
    identity_key?: PublicKey;
    signing_key?: PublicKey;
    signature?: Signature;
    signed_pre_key?: SignedKey;
    /** Handed out to nobody else */
    one_time_key?: SignedKey | null;
    /** There is no one-time key: the signed pre-key has to do */
    fallback?: boolean;
    error?: {
      code: ErrorCode;
    };
  })[];
};

export type Conversation = {
  conversation_id: ConversationId;
  kind: "single" | "group" | "room" | "world";
  /** The other person, the group or the room; null in the world */
  target_id: Id | null;
  name: string;
  last_seq: Seq;
  revision: number;
  read_seq: Seq;
  delivered_seq: Seq;
  unread: number;
  /** The newest message; null while there is none */
  last_message: Message | null;
  pinned: boolean;
  muted: boolean;
  updated_at: Timestamp;
};

export type ConversationList = {
  items: Conversation[];
  next_cursor: string | null;
};

export type ReadRequest = {
  seq: Seq;
};

export type ReadState = {
  conversation_id: ConversationId;
  read_seq: Seq;
  unread: number;
};

export type History = {
  messages: Message[];
  has_more: boolean;
};

export type SearchHit = {
  message: Message;
  /** The pieces of `content` that match, as they stand there, each once, in their order. */
  highlights: string[];
};

export type SearchHitList = {
  items: SearchHit[];
  next_cursor: string | null;
};

export type ClientConfig = {
  version: string;
  heartbeat: Heartbeat;
  limits: Record<string, number>;
  features: Record<string, boolean>;
  /** Media types, `image/*` for all of a kind. Nothing allowed means everything but what is refused */
  attachment_types?: {
    allowed: string[];
    refused: string[];
  };
};

export type Health = {
  status: string;
};

export type RequestId = string;

export type Mark = {
  conversation_id: ConversationId;
  seq: Seq;
};

export type SyncedConversation = {
  conversation_id: ConversationId;
  /** From after_seq + 1, oldest first */
  messages: Message[];
  /** Messages up to after_seq that changed since after_revision, lowest revision first */
  updates: Message[];
  last_seq: Seq;
  revision: number;
  /** False: messages or updates go on, sync again from the last of each */
  complete: boolean;
};

export type SyncRefusal = {
  conversation_id: string;
  error: {
    code: ErrorCode;
  };
};

/** What a client may send over the socket: the data of each frame. */
export interface ClientFrames {
  "auth.refresh": {
    access_token: string;
  };
  "lobby.join": Record<string, unknown>;
  "lobby.leave": Record<string, unknown>;
  "message.edit": {
    message_id: Id;
    content: string;
  };
  "message.react": {
    message_id: Id;
    /** At most `limits.reaction_bytes` bytes, without space */
    emoji: string;
    on: boolean;
  };
  "message.read": Mark;
  "message.recall": {
    message_id: Id;
  };
  "message.received": Mark;
  "message.send": {
    conversation_id?: ConversationId;
    to_user_id?: Id;
    client_msg_id: ClientMsgId;
    kind: "text" | "image" | "file" | "emoji" | "custom" | "encrypted";
    content: string;
    /** `attachment_id` in an image or file: see POST /attachments */
    extra?: Record<string, unknown>;
    reply_to?: Id;
    mentions?: Mention[];
    /** When it was signed */
    client_time?: string;
    /** See POST /chat/messages and docs/end-to-end.md */
    signature?: string;
  };
  ping: Record<string, unknown>;
  "presence.watch": {
    /** At most `limits.presence_watch` (200); none, to watch nobody */
    user_ids: Id[];
  };
  "rooms.unwatch": Record<string, unknown>;
  "rooms.watch": {
    /** What is given has to be true, as in GET /rooms; absent: every room */
    filter?: {
      game?: string;
      status?: RoomStatus;
      has_password?: boolean;
      has_space?: boolean;
      q?: string;
    };
  };
  sync: {
    conversations: {
      conversation_id: ConversationId;
      /** The end of what the client has without a hole */
      after_seq: Seq;
      after_revision?: number;
    }[];
    /** Of each conversation; 100 by default */
    limit?: number;
  };
  typing: {
    conversation_id: ConversationId;
    on: boolean;
  };
}

/** What the server sends over the socket: the data of each frame. */
export interface ServerFrames {
  "auth.refreshed": {
    expires_in: number;
  };
  "conversation.removed": {
    conversation_id: ConversationId;
  };
  "conversation.updated": {
    conversation: Conversation;
  };
  draining: {
    reconnect_after_ms: number;
  };
  "e2e.devices_updated": {
    user_id: Id;
    version: number;
  };
  "e2e.keys_low": {
    device_id: Id;
    one_time_keys: number;
    pre_key_used: boolean;
  };
  error: {
    code: ErrorCode;
    message: string;
    retry_after_ms?: number;
    /** Of the message.send that failed */
    client_msg_id?: string;
  };
  "friend.accepted": {
    user: User;
    since: Timestamp;
  };
  "friend.removed": {
    user_id: Id;
  };
  "friend.request": {
    /** New, to both people; `rejected`, to the devices of who was asked alone */
    request: FriendRequest;
  };
  "group.updated": {
    group: Group;
  };
  "message.ack": Ack;
  "message.new": {
    message: Message;
  };
  "message.updated": {
    message: Message;
  };
  "messages.available": {
    conversation_id: ConversationId;
    from_seq: number;
    to_seq: number;
    count: number;
  };
  ok: Record<string, unknown>;
  pong: {
    server_time: Timestamp;
  };
  presence: Presence;
  receipt: {
    conversation_id: ConversationId;
    user_id: Id;
    delivered_seq: Seq;
    read_seq: Seq;
  };
  "room.closed": {
    room_id: Id;
    /** closed: by its owner; empty: the last one left; hidden: only out of sight of who watches the list */
    reason: "closed" | "empty" | "hidden";
  };
  "room.invited": {
    room: ListedRoom;
    from: User;
  };
  "room.member_joined": {
    room_id: Id;
    member: RoomMember;
  };
  "room.member_left": {
    room_id: Id;
    user_id: Id;
    reason: "left" | "kicked" | "dropped";
  };
  "room.updated": {
    /** With its members to its members */
    room: Room | ListedRoom;
  };
  "sync.result": {
    conversations: (SyncedConversation | SyncRefusal)[];
  };
  typing: {
    conversation_id: ConversationId;
    user_id: Id;
    on: boolean;
  };
  "vpn.updated": {
    status: "ready" | "pending";
    room_id?: Id;
    peers?: VpnPeer[];
    control_url?: string;
    device?: string;
    rejoin?: true;
  };
  welcome: {
    session_id: Id;
    user: OwnUser;
    instance: string;
    server_time: Timestamp;
    heartbeat: Heartbeat;
    /** The 100 changed last */
    conversations: Conversation[];
    /** There are others */
    more: boolean;
  };
}
