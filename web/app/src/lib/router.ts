import { computed, signal } from "@preact/signals";

export const path = signal(location.pathname);
/** Where one wanted to go before signing in. */
export const wanted = signal<string | null>(null);

export function navigate(to: string, replace = false): void {
  if (to === path.peek()) return;
  history[replace ? "replaceState" : "pushState"](null, "", to);
  path.value = to;
}

addEventListener("popstate", () => {
  path.value = location.pathname;
});

/** Links of our own pages do not load the page again. */
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = (event.target as Element | null)?.closest?.("a[href^='/']") as HTMLAnchorElement | null;
  if (!link || link.target || link.hasAttribute("download")) return;
  event.preventDefault();
  navigate(link.getAttribute("href") ?? "/");
});

export interface Route {
  name:
    | "home"
    | "sign-in"
    | "sign-up"
    | "forgotten-password"
    | "reset-password"
    | "verify-email"
    | "conversation"
    | "friends"
    | "rooms"
    | "room"
    | "group"
    | "invite"
    | "settings"
    | "unknown";
  id: string;
}

const simple = new Set([
  "sign-in",
  "sign-up",
  "forgotten-password",
  "reset-password",
  "verify-email",
  "friends",
  "rooms",
  "settings",
]);

export const route = computed<Route>(() => {
  const [first = "", second = "", ...rest] = path.value.slice(1).split("/");
  if (first === "") return { name: "home", id: "" };
  if (rest.length > 0) return { name: "unknown", id: "" };
  const id = decodeURIComponent(second);
  if (first === "c" && id) return { name: "conversation", id };
  if ((first === "room" || first === "group" || first === "invite" || first === "settings") && id)
    return { name: first, id };
  if (simple.has(first) && !id) return { name: first as Route["name"], id: "" };
  return { name: "unknown", id: "" };
});
