import {
  Client,
  type ClientConfig,
  type Conversation,
  type Friend,
  type FriendRequest,
  type LinkState,
  NetherLinkError,
  type OwnUser,
  otherOf,
  type Presence,
  type User,
} from "@netherlink/client";
import { batch, computed, effect, signal } from "@preact/signals";
import { locale, t } from "../i18n/index.ts";
import { navigate, path, wanted } from "../lib/router.ts";
import { tameName } from "../lib/text.ts";

function deviceId(): string {
  const kept = localStorage.getItem("netherlink.device") ?? crypto.randomUUID();
  localStorage.setItem("netherlink.device", kept);
  return kept;
}

function deviceName(): string {
  const agent = navigator.userAgent;
  const browser = /Edg\//.test(agent)
    ? "Edge"
    : /Firefox\//.test(agent)
      ? "Firefox"
      : /Chrome\//.test(agent)
        ? "Chrome"
        : "Safari";
  const system = /Android/.test(agent)
    ? "Android"
    : /iPhone|iPad/.test(agent)
      ? "iOS"
      : /Mac/.test(agent)
        ? "macOS"
        : /Windows/.test(agent)
          ? "Windows"
          : "Linux";
  return `${browser}, ${system}`;
}

function kept<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as T | null;
  } catch {
    return null;
  }
}

export const client = new Client({ device: { id: deviceId(), name: deviceName(), platform: "web" } });

// Mails are in the language of the page.
locale.subscribe((value) => {
  client.http.language = value;
});

export const me = signal<OwnUser | null>(client.user);
export const link = signal<LinkState>(client.link.state);
export const conversations = signal<Conversation[]>([]);
/** As it was at the last visit until the server tells it again: without a connection nothing may be missing. */
export const config = signal<ClientConfig | null>(kept<ClientConfig>("netherlink.config"));
export const endedBy = signal<string | null>(null);
export const friends = signal<Friend[] | null>(null);
export const incoming = signal<FriendRequest[]>([]);
export const outgoing = signal<FriendRequest[]>([]);
export const blocks = signal<User[]>([]);
export const presence = signal<ReadonlyMap<string, Presence>>(new Map());
/** Who types where, until when. */
export const typing = signal<ReadonlyMap<string, ReadonlyMap<string, number>>>(new Map());
/** Grows when somebody's profile became known. */
export const profiles = signal(0);
/** Grows when somebody has read or got something. */
export const receipts = signal(0);
export const visible = signal(document.visibilityState === "visible");
export const online = signal(navigator.onLine);
export const offered = (name: string) => config.value?.features[name] === true;

export interface Toast {
  id: number;
  text: string;
  kind: "info" | "error";
  action?: { label: string; run(): void };
}
export const toasts = signal<Toast[]>([]);
let toastCount = 0;

export function toast(text: string, kind: Toast["kind"] = "info", action?: Toast["action"]): void {
  toastCount += 1;
  const id = toastCount;
  toasts.value = [...toasts.value.slice(-2), { id, text, kind, ...(action ? { action } : {}) }];
  setTimeout(() => dismiss(id), action ? 9000 : 4500);
}

export const dismiss = (id: number) => {
  toasts.value = toasts.value.filter((one) => one.id !== id);
};

export const unreadTotal = computed(() => {
  let sum = 0;
  for (const one of conversations.value) if (!one.muted && one.conversation_id !== "world") sum += one.unread;
  return sum;
});

// --- People

const asked = new Set<string>();
export function userOf(id: string): User | undefined {
  profiles.value;
  const known = client.known(id);
  if (!known && !asked.has(id) && link.value.phase === "online") {
    asked.add(id);
    client.profile(id).then(
      () => {
        profiles.value += 1;
      },
      () => undefined,
    );
  }
  return known;
}

export function nameOf(id: string): string {
  const user = userOf(id);
  if (!user) return "…";
  return user.deleted ? t("deleted user") : tameName(user.nickname || user.username);
}

export function titleOf(conversation: Conversation | undefined, id: string): string {
  if (id === "world") return t("world");
  const other = otherOf(id, me.value?.id ?? "");
  if (other) return nameOf(other);
  return conversation ? tameName(conversation.name) : "…";
}

export async function loadPeople(): Promise<void> {
  try {
    const [all, came, went, blocked] = await Promise.all([
      client.friends(),
      client.all<FriendRequest>("/friends/requests", { direction: "in" }),
      client.all<FriendRequest>("/friends/requests", { direction: "out" }),
      client.all<User>("/blocks"),
    ]);
    batch(() => {
      const known = new Map(presence.value);
      for (const one of all) {
        client.remember(one.user);
        known.set(one.user.id, one.presence);
      }
      presence.value = known;
      friends.value = all;
      incoming.value = came;
      outgoing.value = went;
      blocks.value = blocked;
      profiles.value += 1;
    });
  } catch {
    // A server without friends has none; without a connection the next one asks again.
    friends.value ??= [];
  }
}

export const isBlocked = (id: string) => blocks.value.some((one) => one.id === id);
export const isFriend = (id: string) => friends.value?.some((one) => one.user.id === id) ?? false;

// --- Events of the server

client.on("connection", (state) => {
  link.value = state;
});
client.on("conversations", () => {
  conversations.value = client.list().map((one) => ({ ...one }));
});
client.on("session", ({ user, code }) => {
  batch(() => {
    me.value = user;
    if (user) {
      endedBy.value = null;
      profiles.value += 1;
    } else {
      endedBy.value = code ?? null;
      conversations.value = [];
      friends.value = null;
      incoming.value = [];
      outgoing.value = [];
      blocks.value = [];
      presence.value = new Map();
      asked.clear();
    }
  });
});
client.on("welcome", () => {
  asked.clear();
  void loadPeople();
  void loadConfig();
});
client.on("presence", (one) => {
  presence.value = new Map(presence.value).set(one.user_id, one);
});
for (const name of ["receipt", "incoming"] as const) {
  client.on(name, () => {
    receipts.value += 1;
  });
}
client.on("friend.request", ({ request }) => {
  void loadPeople();
  if (request.status === "pending" && request.to.id === me.value?.id) {
    toast(t("new request", tameName(request.from.nickname)), "info", {
      label: t("requests"),
      run: () => navigate("/friends"),
    });
  }
});
client.on("friend.accepted", ({ user }) => {
  void loadPeople();
  toast(t("now friends", tameName(user.nickname)));
});
client.on("friend.removed", () => void loadPeople());
client.on("typing", ({ conversation_id, user_id, on }) => {
  const all = new Map(typing.value);
  const here = new Map(all.get(conversation_id));
  if (on) here.set(user_id, Date.now() + 6000);
  else here.delete(user_id);
  all.set(conversation_id, here);
  typing.value = all;
});
client.on("incoming", ({ conversation_id, sender_id }) => {
  if (typing.value.get(conversation_id)?.has(sender_id)) {
    const all = new Map(typing.value);
    const here = new Map(all.get(conversation_id));
    here.delete(sender_id);
    typing.value = all.set(conversation_id, here);
  }
});
setInterval(() => {
  const now = Date.now();
  let stale = false;
  const all = new Map<string, ReadonlyMap<string, number>>();
  for (const [id, people] of typing.value) {
    const still = new Map([...people].filter(([, until]) => until > now));
    stale ||= still.size !== people.size;
    if (still.size) all.set(id, still);
  }
  if (stale) typing.value = all;
}, 1000);

async function loadConfig(): Promise<void> {
  try {
    config.value = await client.config();
    localStorage.setItem("netherlink.config", JSON.stringify(config.value));
  } catch {
    // Asked again with the next connection.
  }
}

/** Runs what a person asked for, and says so if it fails. */
export async function attempt<T>(
  work: () => Promise<T>,
  say: (error: NetherLinkError) => string,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const known = error instanceof NetherLinkError ? error : new NetherLinkError("unknown", String(error));
    toast(say(known), "error");
    return undefined;
  }
}

export function begin(): void {
  void loadConfig();
  effect(() => {
    if (me.value) void client.start();
  });
  // Who is not signed in may only see the doors, and comes back to where they wanted to go.
  effect(() => {
    const here = path.value;
    const door = here === "/sign-in" || here === "/sign-up" || here === "/forgotten-password";
    const mailed = here === "/reset-password" || here === "/verify-email";
    if (!me.value && !door && !mailed && !here.startsWith("/invite/")) {
      if (here !== "/") wanted.value = here;
      navigate("/sign-in", true);
    } else if (me.value && door) {
      navigate(wanted.peek() ?? "/", true);
      wanted.value = null;
    }
  });
  document.addEventListener("visibilitychange", () => {
    visible.value = document.visibilityState === "visible";
    if (visible.value) client.link.wake();
    else client.save();
  });
  addEventListener("online", () => {
    online.value = true;
    client.link.wake();
  });
  addEventListener("offline", () => {
    online.value = false;
    client.link.wake();
  });
}
