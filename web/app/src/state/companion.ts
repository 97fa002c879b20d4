// The companion on this machine: opened by a link, and asked how the others are reached. It alone knows: the traffic goes
// from player to player.
import { signal } from "@preact/signals";

/** Where its control port is, and the word that opens it: told to this page alone, because the page asked for it. */
interface Place {
  port: number;
  token: string;
}

export interface CompanionPeer {
  user_id: string;
  address: string;
  reached: boolean;
  path: string;
  rtt_ms: number;
  loss: number;
}

export interface CompanionStatus {
  user_id: string;
  state: string;
  trouble?: string;
  room: { id: string } | null;
  address?: string;
  peers: CompanionPeer[];
}

export const companion = signal<CompanionStatus | null>(null);

const key = "netherlink.companion";
const greetingTries = 30;
const pause = 1000;
const lookAgain = 2500;
const hex = (bytes: Uint8Array) => [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** For as long as this tab is open, also when it is loaded again. */
const place = signal<Place | null>(
  (() => {
    try {
      return JSON.parse(sessionStorage.getItem(key) ?? "null") as Place | null;
    } catch {
      return null;
    }
  })(),
);

function remember(found: Place | null): void {
  place.value = found;
  try {
    if (found) sessionStorage.setItem(key, JSON.stringify(found));
    else sessionStorage.removeItem(key);
  } catch {
    // It holds until the page is loaded again.
  }
}

async function ask<T>(port: number, path: string, token: string): Promise<T> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/${path}`, {
    headers: { Authorization: `Bearer ${token}` },
    cache: "no-store",
    credentials: "omit",
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()) as T;
}

/** Waits at a port that the link named; proves itself by what the hash in the link was made of. */
async function meet(port: number, secret: string): Promise<void> {
  for (let tries = 0; tries < greetingTries; tries += 1) {
    await later(pause);
    const found = await ask<Place>(port, "hello", secret).catch(() => null);
    if (found) {
      remember({ port: Number(found.port), token: String(found.token) });
      return;
    }
  }
}

/** Opens the room in the companion, which is signed in by itself and asks for its own key: nothing secret is in the link. */
export async function handOver(room: string): Promise<void> {
  const words = new URLSearchParams(location.protocol === "http:" ? { insecure: "1" } : {});
  // Without encryption browsers have no hashes; then the companion is opened, and not spoken with.
  if (crypto.subtle) {
    const port = 20_000 + ((crypto.getRandomValues(new Uint16Array(1))[0] as number) % 12_000);
    const secret = hex(crypto.getRandomValues(new Uint8Array(24)));
    const hash = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret))));
    words.set("page", `${port}.${hash}`);
    void meet(port, secret);
  }
  const query = words.size > 0 ? `?${words}` : "";
  location.href = `netherlink://${location.host}/room/${room}${query}`;
}

/** Asks again and again while somebody looks. Returns what ends it. */
export function watchCompanion(me: string): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let here = true;
  const look = async () => {
    const at = place.value;
    if (at) {
      const now = await ask<CompanionStatus>(at.port, "status", at.token).catch(() => null);
      if (!here) return;
      failures = now ? 0 : failures + 1;
      // Somebody else's, or none any more.
      if (failures > 2 || (now && now.user_id !== me)) remember(null);
      companion.value = now && now.user_id === me ? now : null;
    }
    if (here) timer = setTimeout(look, at ? lookAgain : pause);
  };
  void look();
  return () => {
    here = false;
    clearTimeout(timer);
    companion.value = null;
  };
}
