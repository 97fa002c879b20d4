import type { Message } from "@netherlink/client";
import { t } from "../i18n/index.ts";
import { nameOf } from "../state/app.ts";
import { tame, tameName } from "./text.ts";

interface News {
  event?: string;
  user_id?: string;
  user_ids?: string[];
  owner_id?: string;
  role?: string;
  muted_until?: string | null;
  fields?: string[];
  name?: string;
}

/** What the server tells in a group or room, in the language of the page. */
export function systemText(message: Message): string {
  const news = (message.extra ?? {}) as News;
  const actor = nameOf(message.sender_id);
  const ids = news.user_ids ?? (news.user_id ? [news.user_id] : []);
  const people = ids.slice(0, 5).map(nameOf).join(t("comma")) + (ids.length > 5 ? " …" : "");
  const alone = ids.length === 1 && ids[0] === message.sender_id;
  switch (news.event) {
    case "room.member_joined":
      return t("sys joined", people);
    case "group.member_joined":
      return alone ? t("sys joined", people) : t("sys added", actor, people);
    case "room.member_left":
      return alone ? t("sys left", people) : t("sys removed", actor, people);
    case "group.member_left":
      return t("sys left", people);
    case "group.member_removed":
      return t("sys removed", actor, people);
    case "group.member_banned":
      return t("sys banned", actor, people);
    case "room.owner_changed":
      return t("sys host", people);
    case "group.transferred":
      return t("sys owner", nameOf(news.owner_id ?? ""));
    case "room.started":
      return t("sys started", actor);
    case "room.finished":
      return t("sys finished", actor);
    case "room.reopened":
      return t("sys reopened", actor);
    case "group.created":
      return t("sys created", actor);
    case "group.member_changed":
      if (news.role) return t(news.role === "admin" ? "sys admin" : "sys no admin", actor, people);
      return t(news.muted_until ? "sys muted" : "sys unmuted", actor, people);
    case "group.changed":
      if (news.fields?.includes("name")) return t("sys renamed", actor, tameName(news.name ?? ""));
      return t(news.fields?.includes("announcement") ? "sys announced" : "sys changed", actor);
    default:
      return tame(message.content);
  }
}
