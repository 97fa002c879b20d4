import type { NetherLinkError } from "@netherlink/client";
import { useEffect, useState } from "preact/hooks";
import { explain, t } from "../i18n/index.ts";
import { navigate } from "../lib/router.ts";
import { tameName } from "../lib/text.ts";
import { attempt, client, friends, link, me, nameOf, offered, presence, toast } from "../state/app.ts";
import {
  type Invitation,
  joinRoom,
  keepRoom,
  linkOf,
  type Peer,
  type RoomInfo,
  rooms,
  type Vpn,
} from "../state/places.ts";
import { Icon } from "../ui/icons.tsx";
import { confirm, copyText, Dialog, Empty, Field, IconButton, openMenu, UserAvatar } from "../ui/parts.tsx";
import { Chat } from "./Chat.tsx";
import { openProfile } from "./Profile.tsx";

export function Room({ id }: { id: string }) {
  const [missing, setMissing] = useState(false);
  const [locked, setLocked] = useState(false);
  const [inviting, setInviting] = useState(false);
  const room = rooms.value.get(id);
  const mine = me.value?.id ?? "";
  const member = room?.members?.find((one) => one.user_id === mine);
  const connected = link.value.phase === "online";

  useEffect(() => {
    if (!connected) return;
    client
      .call<RoomInfo>("GET", `/rooms/${id}`)
      .then(keepRoom, (error: NetherLinkError) => setMissing(error.status === 404));
  }, [id, connected]);

  async function enter(password?: string) {
    try {
      await joinRoom(`/rooms/${id}/join`, password ? { password } : {}, () =>
        confirm(t("in another room"), "", t("leave and join"), false),
      );
      setLocked(false);
      keepRoom(await client.call<RoomInfo>("GET", `/rooms/${id}`));
    } catch (error) {
      if ((error as NetherLinkError).code === "room.wrong_password" && password === undefined) setLocked(true);
      else toast(explain(error), "error");
    }
  }

  const act = (what: string, body?: unknown) => () =>
    void attempt(
      () => client.call<RoomInfo | undefined>("POST", `/rooms/${id}/${what}`, body === undefined ? {} : { body }),
      explain,
    ).then((now) => now?.id && keepRoom(now));

  async function leave() {
    await attempt(() => client.call("POST", `/rooms/${id}/leave`), explain);
    navigate("/rooms");
  }

  if (missing) {
    return (
      <Empty icon="rooms" title={t("not found")}>
        <a class="button" href="/rooms">
          {t("rooms")}
        </a>
      </Empty>
    );
  }
  if (!room) return <p class="quiet page-loading">{t("loading")}</p>;
  const owner = room.owner_id === mine;
  const others = (room.members ?? []).filter((one) => one.user_id !== room.owner_id);
  const allReady = others.every((one) => one.ready);
  const free = Math.max(0, Math.min(16, room.max_players - (room.members?.length ?? room.player_count)));

  return (
    <div class="room">
      <header class="chat-head">
        <a class="icon-button only-phone" href="/rooms" aria-label={t("back")}>
          ‹
        </a>
        <span class="chat-who">
          <span>
            <h1>
              <bdi>{tameName(room.name)}</bdi>
            </h1>
            <span class="chat-about">
              <bdi>{tameName(room.game)}</bdi> · {t(`state ${room.status}`)}
            </span>
          </span>
        </span>
        {member && (
          <>
            <button type="button" class="button button-small button-quiet" onClick={() => setInviting(true)}>
              <Icon name="userPlus" size={16} /> {t("invite")}
            </button>
            <button type="button" class="button button-small button-quiet" onClick={() => void leave()}>
              {t("leave")}
            </button>
          </>
        )}
      </header>
      <div class="room-split">
        <aside class="room-side" aria-label={t("members")}>
          <ul class="seat-list">
            {(room.members ?? []).map((one) => (
              <li key={one.user_id} class={one.ready ? "seat is-ready" : "seat"}>
                <button type="button" class="plain person-who" onClick={() => openProfile(one.user_id)}>
                  <UserAvatar id={one.user_id} size={40} />
                  <span>
                    <bdi class="person-name">{tameName(one.nickname) || nameOf(one.user_id)}</bdi>
                    <span class="person-about">
                      {one.user_id === room.owner_id ? t("owner") : one.ready ? t("ready") : t("not ready")}
                      {!one.online && ` · ${t("away")}`}
                    </span>
                  </span>
                </button>
                {one.user_id === room.owner_id && <Icon name="crown" size={18} />}
                {one.ready && one.user_id !== room.owner_id && <Icon name="check" size={18} />}
                {owner && one.user_id !== mine && (
                  <IconButton
                    icon="more"
                    label={`${t("more")}: ${one.nickname}`}
                    onClick={(event) =>
                      openMenu(event, one.nickname, [
                        { label: t("make owner"), icon: "crown", run: act("transfer", { user_id: one.user_id }) },
                        { label: t("kick"), icon: "close", danger: true, run: act("kick", { user_id: one.user_id }) },
                      ])
                    }
                  />
                )}
              </li>
            ))}
            {Array.from({ length: free }, (_, n) => (
              <li key={`free-${n}`} class="seat is-free">
                <span class="seat-free" />
                {t("free seat")}
              </li>
            ))}
          </ul>
          <div class="room-go">
            {!member ? (
              <button type="button" class="button button-large" onClick={() => void enter()}>
                {t("join")}
              </button>
            ) : owner ? (
              room.status === "waiting" ? (
                <button
                  type="button"
                  class="button button-large"
                  disabled={!allReady}
                  title={allReady ? "" : t("error room.not_ready")}
                  onClick={act("start")}
                >
                  {t("start")}
                </button>
              ) : room.status === "playing" ? (
                <button type="button" class="button button-large" onClick={act("finish")}>
                  {t("finish")}
                </button>
              ) : (
                <button type="button" class="button button-large" onClick={act("reopen")}>
                  {t("reopen")}
                </button>
              )
            ) : room.status === "waiting" ? (
              <button
                type="button"
                class={member.ready ? "button button-large button-quiet" : "button button-large"}
                onClick={act("ready", { ready: !member.ready })}
              >
                {member.ready ? t("im not ready") : t("im ready")}
              </button>
            ) : null}
          </div>
          {member && <Lan room={room} />}
        </aside>
        {member ? (
          <Chat key={room.conversation_id} id={room.conversation_id} embedded />
        ) : (
          <Empty icon="chat" title={tameName(room.name)} />
        )}
      </div>
      {locked && <Password onClose={() => setLocked(false)} enter={enter} />}
      {inviting && <InviteDialog path={`/rooms/${id}`} onClose={() => setInviting(false)} room={room} />}
    </div>
  );
}

function Password({ onClose, enter }: { onClose: () => void; enter: (password: string) => Promise<void> }) {
  const [password, setPassword] = useState("");
  return (
    <Dialog title={t("room password needed")} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void enter(password);
        }}
      >
        <Field label={t("password")}>
          {(props) => (
            <input
              {...props}
              type="password"
              autocomplete="off"
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
          )}
        </Field>
        <footer class="dialog-foot">
          <button type="submit" class="button" disabled={!password}>
            {t("join")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function Copy({ text, label }: { text: string; label: string }) {
  return (
    <span class="copy">
      <code>{text}</code>
      <IconButton
        icon="copy"
        size={16}
        label={`${t("copy")}: ${label}`}
        onClick={() => void copyText(text).then((done) => done && toast(t("copied")))}
      />
    </span>
  );
}

export function InviteDialog({ path, onClose, room }: { path: string; onClose: () => void; room?: RoomInfo }) {
  const [invitation, setInvitation] = useState<Invitation | null>(null);
  const [asked, setAsked] = useState<string[]>([]);
  const here = new Set(room?.members?.map((one) => one.user_id));
  const make = () =>
    void attempt(() => client.call<Invitation>("POST", `${path}/link`, { body: {} }), explain).then(
      (made) => made && setInvitation(made),
    );
  return (
    <Dialog title={t("invite")} onClose={onClose}>
      <h3 class="dialog-sub">{t("invite link")}</h3>
      {invitation ? (
        <Copy text={linkOf(invitation)} label={t("invite link")} />
      ) : (
        <button type="button" class="button button-quiet" onClick={make}>
          <Icon name="link" size={18} /> {t("make link")}
        </button>
      )}
      {room && (friends.value?.length ?? 0) > 0 && (
        <>
          <h3 class="dialog-sub">{t("friends")}</h3>
          <ul class="people">
            {friends.value
              ?.filter((one) => !here.has(one.user.id))
              .map(({ user }) => (
                <li key={user.id} class="person">
                  <span class="person-who">
                    <UserAvatar id={user.id} size={36} showPresence />
                    <span>
                      <bdi class="person-name">{nameOf(user.id)}</bdi>
                      <span class="person-about">{presence.value.get(user.id)?.online ? t("online") : t("away")}</span>
                    </span>
                  </span>
                  <button
                    type="button"
                    class="button button-small button-quiet"
                    disabled={asked.includes(user.id)}
                    onClick={() =>
                      void attempt(
                        () => client.call("POST", `${path}/invite`, { body: { user_id: user.id } }).then(() => true),
                        explain,
                      ).then((done) => done && setAsked([...asked, user.id]))
                    }
                  >
                    {asked.includes(user.id) ? t("sent") : t("invite")}
                  </button>
                </li>
              ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}

/** The virtual LAN of the room: one's own address, and who is to be reached. */
function Lan({ room }: { room: RoomInfo }) {
  const [vpn, setVpn] = useState<Vpn | null>(null);
  const [peers, setPeers] = useState<Peer[]>([]);
  const offeredHere = offered("vpn");
  useEffect(() => {
    if (!offeredHere) return;
    const load = () => {
      client.call<Vpn>("GET", "/vpn/status").then(setVpn, () => undefined);
      client.call<{ items: Peer[] }>("GET", `/rooms/${room.id}/peers`).then(
        ({ items }) => setPeers(items),
        () => undefined,
      );
    };
    load();
    return client.on("frame", ({ type }) => {
      if (type === "vpn.updated") load();
    });
  }, [room.id, room.player_count, offeredHere]);
  if (!offeredHere) return null;
  const own = peers.find((one) => one.user_id === me.value?.id);
  async function handOver() {
    const key = await attempt(
      () => client.call<Vpn>("POST", "/vpn/pre-auth-key", { body: { room_id: room.id } }),
      explain,
    );
    if (!key?.pre_auth_key) return;
    const query = new URLSearchParams({
      server: location.origin,
      room: room.id,
      control_url: key.control_url ?? "",
      key: key.pre_auth_key,
    });
    location.href = `netherlink://join?${query}`;
  }
  return (
    <section class="lan">
      <h2>
        <Icon name="network" size={18} /> {t("lan")}
      </h2>
      {vpn?.status === "pending" && <p class="quiet">{t("lan pending")}</p>}
      {own ? (
        <p>
          {t("lan address")} <Copy text={own.address} label={t("lan address")} />
        </p>
      ) : (
        <p class="quiet">{t("lan about")}</p>
      )}
      <ul class="peers">
        {peers
          .filter((one) => one.user_id !== me.value?.id)
          .map((one) => (
            <li key={`${one.user_id} ${one.device}`}>
              <span class={one.online ? "dot dot-online" : "dot"} />
              <bdi>{nameOf(one.user_id)}</bdi>
              <Copy text={one.address} label={nameOf(one.user_id)} />
            </li>
          ))}
      </ul>
      <button type="button" class="button button-small button-quiet" onClick={() => void handOver()}>
        {t("lan companion")}
      </button>
    </section>
  );
}
