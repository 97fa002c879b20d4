import { singleId, type User } from "@netherlink/client";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ago, t } from "../i18n/index.ts";
import { navigate } from "../lib/router.ts";
import { tame, tameName } from "../lib/text.ts";
import { blocks, client, friends, incoming, isFriend, me, nameOf, outgoing, presence } from "../state/app.ts";
import { openMenu } from "../ui/overlays.tsx";
import { Empty, IconButton, UserAvatar } from "../ui/parts.tsx";
import { answerRequest, askFriend, openProfile, profileMenu, setBlock } from "./Profile.tsx";

function Person({ user, about, children }: { user: User; about: ComponentChildren; children: ComponentChildren }) {
  return (
    <li class="person">
      <button type="button" class="plain person-who" onClick={() => openProfile(user.id)}>
        <UserAvatar id={user.id} size={44} showPresence={presence.value.has(user.id)} />
        <span>
          <bdi class="person-name">{tameName(user.nickname || user.username)}</bdi>
          <span class="person-about">{about}</span>
        </span>
      </button>
      <span class="person-actions">{children}</span>
    </li>
  );
}

function Finder() {
  const [query, setQuery] = useState("");
  const [found, setFound] = useState<User[] | null>(null);
  useEffect(() => {
    const text = query.trim();
    if (!text) {
      setFound(null);
      return;
    }
    let here = true;
    const timer = setTimeout(() => {
      client.call<{ items: User[] }>("GET", "/users", { query: { query: text, limit: 20 } }).then(
        ({ items }) => {
          for (const one of items) client.remember(one);
          if (here) setFound(items.filter((one) => one.id !== me.value?.id));
        },
        () => here && setFound([]),
      );
    }, 200);
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [query]);
  return (
    <section class="finder">
      <input
        type="search"
        aria-label={t("add friend")}
        placeholder={t("add friend about")}
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      {found && found.length === 0 && <p class="quiet">{t("no people")}</p>}
      {found && found.length > 0 && (
        <ul class="people">
          {found.map((user) => (
            <Person key={user.id} user={user} about={`@${user.username}`}>
              {isFriend(user.id) ? (
                <span class="tag">{t("friends")}</span>
              ) : outgoing.value.some((one) => one.to.id === user.id) ? (
                <span class="tag">{t("request sent")}</span>
              ) : (
                <button type="button" class="button button-small" onClick={() => void askFriend(user.id)}>
                  {t("add friend")}
                </button>
              )}
              <IconButton
                icon="chat"
                label={t("message")}
                onClick={() => navigate(`/c/${singleId(user.id, me.value?.id ?? "")}`)}
              />
            </Person>
          ))}
        </ul>
      )}
    </section>
  );
}

function Section({ title, count, children }: { title: string; count: number; children: ComponentChildren }) {
  return (
    <section class="people-section">
      <h2>
        {title} <span>{count}</span>
      </h2>
      <ul class="people">{children}</ul>
    </section>
  );
}

export function Friends() {
  const all = friends.value ?? [];
  const isOnline = (id: string) => presence.value.get(id)?.online ?? false;
  const here = all.filter((one) => isOnline(one.user.id));
  const away = all.filter((one) => !isOnline(one.user.id));
  const friend = (user: User) => {
    const seen = presence.value.get(user.id);
    const about = seen?.online
      ? seen.room_id
        ? t("in a room")
        : t("online")
      : seen?.last_seen
        ? t("last seen", ago(seen.last_seen))
        : t("away");
    return (
      <Person key={user.id} user={user} about={about}>
        {seen?.online && seen.room_id && (
          <IconButton
            icon="rooms"
            label={`${t("their room")}: ${nameOf(user.id)}`}
            onClick={() => navigate(`/room/${seen.room_id}`)}
          />
        )}
        <IconButton
          icon="chat"
          label={`${t("message")}: ${nameOf(user.id)}`}
          onClick={() => navigate(`/c/${singleId(user.id, me.value?.id ?? "")}`)}
        />
        <IconButton
          icon="more"
          label={`${t("more")}: ${nameOf(user.id)}`}
          onClick={(event) => openMenu(event, nameOf(user.id), profileMenu(user.id))}
        />
      </Person>
    );
  };
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t("friends")}</h1>
      </header>
      <div class="page-body">
        {me.value?.guest ? (
          <Empty icon="friends" title={t("guest friends")}>
            <p>{t("guest friends about")}</p>
            <a class="button" href="/settings/account">
              {t("upgrade")}
            </a>
          </Empty>
        ) : (
          <Finder />
        )}
        {incoming.value.length + outgoing.value.length > 0 && (
          <Section title={t("requests")} count={incoming.value.length + outgoing.value.length}>
            {incoming.value.map((one) => (
              <Person
                key={one.id}
                user={one.from}
                about={one.message ? <bdi>“{tame(one.message)}”</bdi> : t("incoming")}
              >
                <button type="button" class="button button-small" onClick={() => void answerRequest(one.id, "accept")}>
                  {t("accept")}
                </button>
                <button
                  type="button"
                  class="button button-small button-quiet"
                  onClick={() => void answerRequest(one.id, "reject")}
                >
                  {t("decline")}
                </button>
              </Person>
            ))}
            {outgoing.value.map((one) => (
              <Person key={one.id} user={one.to} about={t("outgoing")}>
                {null}
              </Person>
            ))}
          </Section>
        )}
        {here.length > 0 && (
          <Section title={t("online")} count={here.length}>
            {here.map((one) => friend(one.user))}
          </Section>
        )}
        {away.length > 0 && (
          <Section title={t("away")} count={away.length}>
            {away.map((one) => friend(one.user))}
          </Section>
        )}
        {friends.value && all.length === 0 && !me.value?.guest && (
          <Empty icon="friends" title={t("no friends")}>
            <p>{t("no friends about")}</p>
          </Empty>
        )}
        {blocks.value.length > 0 && (
          <Section title={t("blocked")} count={blocks.value.length}>
            {blocks.value.map((user) => (
              <Person key={user.id} user={user} about={`@${user.username}`}>
                <button
                  type="button"
                  class="button button-small button-quiet"
                  onClick={() => void setBlock(user.id, false)}
                >
                  {t("unblock")}
                </button>
              </Person>
            ))}
          </Section>
        )}
      </div>
    </div>
  );
}
