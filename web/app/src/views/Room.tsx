import type { NetherLinkError, RoomMember } from "@netherlink/client";
import { useEffect, useState } from "preact/hooks";
import { explain, t } from "../i18n/index.ts";
import { navigate } from "../lib/router.ts";
import { tameName } from "../lib/text.ts";
import { attempt, client, link, me, nameOf, offered, toast } from "../state/app.ts";
import { type KnownRoom, keepRoom, rooms, takeSeat } from "../state/places.ts";
import { searching } from "../state/search.ts";
import { Icon } from "../ui/icons.tsx";
import { confirm, type MenuItem, openMenu } from "../ui/overlays.tsx";
import { Dialog, Empty, Field, IconButton, PasswordInput, UserAvatar } from "../ui/parts.tsx";
import { Chat } from "./Chat.tsx";
import { InviteDialog } from "./InviteDialog.tsx";
import { Lan } from "./Lan.tsx";
import { openProfile } from "./Profile.tsx";
import { RoomForm } from "./RoomForm.tsx";
import { askLeave } from "./Rooms.tsx";

/** How often a room that one only looks at is asked for again: its members alone are told. */
const lookAgain = 8000;

const act = (work: () => Promise<unknown>) =>
  void attempt(work, explain).then((now) => {
    if (now && typeof now === "object" && "members" in now) keepRoom(now as KnownRoom);
  });

function useRoom(id: string): { room: KnownRoom | undefined; missing: boolean } {
  const [missing, setMissing] = useState(false);
  const room = rooms.value.get(id);
  const connected = link.value.phase === "online";
  const inside = room?.members?.some((one) => one.user_id === me.value?.id) ?? false;
  useEffect(() => {
    if (!connected) return;
    const load = () =>
      client.rooms.get(id).then(
        (found) => {
          keepRoom(found);
          setMissing(false);
        },
        (error: NetherLinkError) => setMissing(error.status === 404),
      );
    void load();
    if (inside) return;
    const timer = setInterval(load, lookAgain);
    return () => clearInterval(timer);
  }, [id, connected, inside]);
  return { room, missing };
}

export function Room({ id }: { id: string }) {
  const { room, missing } = useRoom(id);
  const [open, setOpen] = useState<"password" | "invite" | "edit" | null>(null);
  if (missing) {
    return (
      <Empty icon="rooms" page title={t("room missing")}>
        <p>{t("room missing about")}</p>
        <a class="button" href="/rooms">
          {t("to rooms")}
        </a>
      </Empty>
    );
  }
  if (!room) return <p class="quiet page-loading">{t("loading")}</p>;
  const mine = me.value?.id ?? "";
  const member = room.members?.find((one) => one.user_id === mine);
  const owner = room.owner_id === mine;

  /** Rejects with what the server says to a password. */
  const enter = async (password?: string) => {
    await takeSeat((how) => client.rooms.join(id, { ...(password ? { password } : {}), ...how }), askLeave);
    setOpen(null);
  };
  const join = () =>
    enter().catch((error: NetherLinkError) => {
      if (error.code === "room.wrong_password") setOpen("password");
      else toast(explain(error), "error");
    });
  const leave = async () => {
    if (await attempt(() => client.rooms.leave(id).then(() => true), explain)) navigate("/rooms");
  };
  const close = async () => {
    if (await confirm(t("close room"), t("close room about"))) act(() => client.rooms.close(id));
  };
  const menu: MenuItem[] = [
    ...(owner ? [{ label: t("room settings"), icon: "settings" as const, run: () => setOpen("edit") }] : []),
    { label: t("leave"), icon: "exit", run: () => void leave() },
    ...(owner ? [{ label: t("close room"), icon: "trash" as const, danger: true, run: () => void close() }] : []),
  ];

  return (
    <div class="room">
      <header class="chat-head">
        <a class="icon-button" href="/rooms" aria-label={t("to rooms")}>
          <Icon name="back" />
        </a>
        <span class="chat-who">
          <span>
            <h1>
              <bdi>{tameName(room.name)}</bdi>
            </h1>
            <span class="chat-about">
              <bdi>{tameName(room.game)}</bdi> · {t(`state ${room.status}`)} ·{" "}
              {t("players", room.player_count, room.max_players)}
            </span>
          </span>
        </span>
        {member && (
          <>
            {me.value?.guest !== true && (
              <button type="button" class="button button-small button-quiet" onClick={() => setOpen("invite")}>
                <Icon name="userPlus" size={16} /> {t("invite")}
              </button>
            )}
            {offered("search") && (
              <IconButton
                icon="search"
                label={t("search messages")}
                onClick={() => {
                  searching.value = room.conversation_id;
                }}
              />
            )}
            <IconButton icon="more" label={t("more")} onClick={(event) => openMenu(event, tameName(room.name), menu)} />
          </>
        )}
      </header>
      <div class={member ? "room-split" : "room-split is-outside"}>
        <aside class="room-side" aria-label={t("members")}>
          <Seats room={room} owner={owner} />
          <Go room={room} member={member} owner={owner} join={() => void join()} />
          {member && <Lan room={room} />}
        </aside>
        {member ? (
          <Chat key={room.conversation_id} id={room.conversation_id} embedded />
        ) : (
          <Empty icon="chat" title={t("room outside")}>
            <p>{t("room outside about")}</p>
          </Empty>
        )}
      </div>
      {open === "password" && <Password onClose={() => setOpen(null)} enter={enter} />}
      {open === "invite" && (
        <InviteDialog
          make={owner ? (wishes) => client.rooms.link(id, wishes) : undefined}
          invite={(userId) => client.rooms.invite(id, userId)}
          here={new Set(room.members?.map((one) => one.user_id))}
          onClose={() => setOpen(null)}
        />
      )}
      {open === "edit" && (
        <RoomForm
          room={room}
          onClose={() => setOpen(null)}
          done={async (wishes) => {
            keepRoom(await client.rooms.change(id, wishes));
            setOpen(null);
          }}
        />
      )}
    </div>
  );
}

function Seats({ room, owner }: { room: KnownRoom; owner: boolean }) {
  const members = room.members ?? [];
  const free = Math.max(0, room.max_players - Math.max(members.length, room.player_count));
  const mine = me.value?.id;
  const about = (one: RoomMember) => {
    const what = one.user_id === room.owner_id ? t("owner") : one.ready ? t("ready") : t("not ready");
    return one.online ? what : `${what} · ${t("seat kept")}`;
  };
  const menu = (one: RoomMember): MenuItem[] => [
    {
      label: t("make owner"),
      icon: "crown",
      run: () => act(() => client.rooms.transfer(room.id, one.user_id)),
    },
    {
      label: t("kick"),
      icon: "close",
      danger: true,
      run: async () => {
        if (await confirm(t("kick person", tameName(one.nickname)), t("kick about"), t("kick")))
          act(() => client.rooms.kick(room.id, one.user_id));
      },
    },
  ];
  return (
    <ul class="seat-list">
      {members.map((one) => (
        <li key={one.user_id} class={`seat${one.ready ? " is-ready" : ""}${one.online ? "" : " is-away"}`}>
          <button type="button" class="plain person-who" onClick={() => openProfile(one.user_id)}>
            <UserAvatar id={one.user_id} size={36} />
            <span>
              <bdi class="person-name">
                {tameName(one.nickname) || nameOf(one.user_id)}
                {one.user_id === mine && <span class="seat-me"> ({t("you")})</span>}
              </bdi>
              <span class="person-about">{about(one)}</span>
            </span>
          </button>
          {one.user_id === room.owner_id ? (
            <Icon name="crown" size={18} />
          ) : (
            one.ready && room.status !== "playing" && <Icon name="check" size={18} />
          )}
          {owner && one.user_id !== mine && (
            <IconButton
              icon="more"
              label={`${t("more")}: ${tameName(one.nickname)}`}
              onClick={(event) => openMenu(event, tameName(one.nickname), menu(one))}
            />
          )}
        </li>
      ))}
      {free > 0 && (
        <li class="seat is-free">
          <span class="seat-free" aria-hidden="true" />
          {t("free seats", free)}
        </li>
      )}
    </ul>
  );
}

/** The one thing to do next. */
function Go({
  room,
  member,
  owner,
  join,
}: {
  room: KnownRoom;
  member: RoomMember | undefined;
  owner: boolean;
  join: () => void;
}) {
  const waitsFor = (room.members ?? []).filter((one) => one.user_id !== room.owner_id && !one.ready).length;
  const button = (label: string, run: () => void, more: { quiet?: boolean; disabled?: boolean } = {}) => (
    <button
      type="button"
      class={more.quiet ? "button button-large button-quiet" : "button button-large"}
      disabled={more.disabled}
      onClick={run}
    >
      {label}
    </button>
  );
  const move = (to: "start" | "finish" | "reopen") => () => act(() => client.rooms.move(room.id, to));
  let note = "";
  let what: preact.ComponentChildren = null;
  if (!member) {
    const full = room.player_count >= room.max_players;
    const playing = room.status === "playing";
    note = playing
      ? t("room playing")
      : full
        ? t("error room.full")
        : room.has_password
          ? t("room password needed")
          : "";
    what = button(t("join"), join, { disabled: full || playing });
  } else if (owner) {
    if (room.status === "waiting") {
      note =
        waitsFor > 0 ? t("waits for", waitsFor) : (room.members?.length ?? 0) > 1 ? t("all ready") : t("start alone");
      what = button(t("start"), move("start"), { disabled: waitsFor > 0 });
    } else if (room.status === "playing") what = button(t("finish"), move("finish"), { quiet: true });
    else what = button(t("reopen"), move("reopen"));
  } else if (room.status === "waiting") {
    note = member.ready ? t("host starts") : "";
    what = button(
      member.ready ? t("im not ready") : t("im ready"),
      () => act(() => client.rooms.ready(room.id, !member.ready)),
      { quiet: member.ready },
    );
  } else note = room.status === "playing" ? t("have fun") : t("host reopens");
  return (
    <div class="room-go">
      {what}
      <p class="quiet small" role="status">
        {note}
      </p>
    </div>
  );
}

export function Password({ onClose, enter }: { onClose: () => void; enter: (password: string) => Promise<void> }) {
  const [password, setPassword] = useState("");
  const [error, setError] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  return (
    <Dialog title={t("room password needed")} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          setBusy(true);
          setError(undefined);
          enter(password)
            .catch((failure) => setError(explain(failure)))
            .finally(() => setBusy(false));
        }}
      >
        <Field label={t("password")} error={error}>
          {(props) => (
            <PasswordInput
              {...props}
              name="room-password"
              autofocus
              autocomplete="off"
              value={password}
              onValue={setPassword}
            />
          )}
        </Field>
        <footer class="dialog-foot">
          <button type="button" class="button button-quiet" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class="button" disabled={busy || !password}>
            {t("join")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** A room's conversation is shown in its room. */
export const roomOf = (conversationId: string): string | undefined => /^room_(\d+)$/.exec(conversationId)?.[1];
