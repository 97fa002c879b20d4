import type { Message, Preferences } from "@netherlink/client";
import { effect, signal } from "@preact/signals";
import { t } from "../i18n/index.ts";
import { plain } from "../lib/markdown.tsx";
import { navigate, route } from "../lib/router.ts";
import { tame } from "../lib/text.ts";
import { client, conversations, link, me, nameOf, unreadTotal, visible } from "./app.ts";
import { pageOf } from "./places.ts";

const supported = "Notification" in window;
export const desktopNotifications = signal<NotificationPermission>(supported ? Notification.permission : "denied");

/** Asks the browser; only ever because somebody pressed a button. */
export async function enableNotifications(): Promise<void> {
  if (supported) desktopNotifications.value = await Notification.requestPermission();
}

const askedKey = "netherlink.notify.asked";
/** Something came while nobody looked: now a person knows what the question is about. */
export const askNotifications = signal(false);

export function answerNotifications(yes: boolean): void {
  askNotifications.value = false;
  try {
    localStorage.setItem(askedKey, "1");
  } catch {
    // Then it is asked once more another day.
  }
  if (yes) void enableNotifications();
}

let preferences: Preferences | null = null;

function quiet(): boolean {
  const dnd = preferences?.dnd;
  if (!dnd) return false;
  const now = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: dnd.timezone }).format(
    new Date(),
  );
  return dnd.from <= dnd.to ? now >= dnd.from && now < dnd.to : now >= dnd.from || now < dnd.to;
}

function tell(message: Message): void {
  const id = message.conversation_id;
  const aimed = message.mentions?.some((one) => one === "all" || one === me.peek()?.id) ?? false;
  const wanted = preferences?.notifications ?? "all";
  const conversation = conversations.peek().find((one) => one.conversation_id === id);
  if (conversation?.muted && !aimed) return;
  if (desktopNotifications.peek() === "default" && !visible.peek() && (id !== "world" || aimed))
    askNotifications.value = localStorage.getItem(askedKey) === null;
  if (desktopNotifications.peek() !== "granted" || wanted === "none" || (wanted === "mentions" && !aimed) || quiet())
    return;
  if (visible.peek() || (id === "world" && !aimed)) return;
  const notification = new Notification(nameOf(message.sender_id), {
    body: plain(tame(message.content)).slice(0, 140) || t(message.kind === "image" ? "picture" : "attachment"),
    tag: id,
    icon: "/favicon.svg",
  });
  notification.onclick = () => {
    window.focus();
    navigate(conversation ? pageOf(conversation) : `/c/${id}`);
    notification.close();
  };
}

/** Unread in the title and the icon; notifications while the page is in the background. */
export function watchUnread(): void {
  client.on("incoming", tell);
  effect(() => {
    if (link.value.phase === "online") {
      client.call<Preferences>("GET", "/users/me/preferences").then(
        (all) => {
          preferences = all;
        },
        () => undefined,
      );
    }
  });
  effect(() => {
    const count = unreadTotal.value;
    void route.value;
    document.title = count > 0 ? `(${count > 99 ? "99+" : count}) NetherLink` : "NetherLink";
    const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (icon) icon.href = count > 0 ? badgeIcon() : "/favicon.svg";
    const badge = navigator as Navigator & {
      setAppBadge?: (n: number) => Promise<void>;
      clearAppBadge?: () => Promise<void>;
    };
    void (count > 0 ? badge.setAppBadge?.(count) : badge.clearAppBadge?.())?.catch(() => undefined);
  });
}

let drawn: string | undefined;
function badgeIcon(): string {
  if (drawn) return drawn;
  const canvas = document.createElement("canvas");
  canvas.width = 64;
  canvas.height = 64;
  const pen = canvas.getContext("2d");
  if (!pen) return "/favicon.svg";
  pen.fillStyle = "#c2391c";
  pen.beginPath();
  pen.roundRect?.(0, 0, 64, 64, 16);
  pen.fill();
  pen.strokeStyle = "#fff";
  pen.lineWidth = 7;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.stroke(new Path2D("M18 46V18l28 28V18"));
  pen.fillStyle = "#fff";
  pen.beginPath();
  pen.arc(50, 14, 14, 0, 7);
  pen.fill();
  pen.fillStyle = "#d92d20";
  pen.beginPath();
  pen.arc(50, 14, 10, 0, 7);
  pen.fill();
  drawn = canvas.toDataURL();
  return drawn;
}
