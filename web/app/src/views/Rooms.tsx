import type { RoomFilter, RoomQuery, RoomStatus } from "@netherlink/client";
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { explain, t } from "../i18n/index.ts";
import { placed } from "../lib/roomlist.ts";
import { navigate } from "../lib/router.ts";
import { tameName } from "../lib/text.ts";
import { attempt, client, link, me, nameOf, offered, visible } from "../state/app.ts";
import { type KnownRoom, keepRoom, rooms, seat, takeSeat } from "../state/places.ts";
import { Icon } from "../ui/icons.tsx";
import { confirm } from "../ui/overlays.tsx";
import { Avatar, Dialog, Empty, Field, More } from "../ui/parts.tsx";
import { favourite, GameInput, knownGames, RoomForm, remember } from "./RoomForm.tsx";

type Sort = NonNullable<RoomQuery["sort"]>;
const page = 50;

export const askLeave = () => confirm(t("in another room"), t("in another room about"), t("leave and join"), false);

function RoomCard({ room }: { room: KnownRoom }) {
  const full = room.player_count >= room.max_players;
  const mine = seat() === room.id;
  return (
    <li>
      <a class={mine ? "room-card is-mine" : "room-card"} href={`/room/${room.id}`}>
        <Avatar id={room.game} name={room.game} size={48} />
        <span class="room-text">
          <bdi class="person-name">{tameName(room.name)}</bdi>
          <span class="person-about">
            <bdi>{tameName(room.game)}</bdi> · <bdi>{nameOf(room.owner_id)}</bdi>
          </span>
        </span>
        <span class="room-facts">
          {mine && <span class="pill pill-mine">{t("you are here")}</span>}
          {room.visibility !== "public" && (
            <span class="pill">{room.visibility === "friends" ? t("friends only") : t("private short")}</span>
          )}
          {room.has_password && (
            <span class="room-lock" title={t("locked")}>
              <Icon name="lock" size={16} />
              <span class="sr-only">{t("locked")}</span>
            </span>
          )}
          <span class={`pill pill-${room.status}`}>{t(`state ${room.status}`)}</span>
          <span class={full ? "seats is-full" : "seats"} title={t("players", room.player_count, room.max_players)}>
            <Icon name="user" size={15} /> {room.player_count}/{room.max_players}
          </span>
        </span>
      </a>
    </li>
  );
}

/** The ids of the rooms that match, live, and how to get more of them. */
function useRoomList(filter: RoomFilter, sort: Sort) {
  const [ids, setIds] = useState<string[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  // The socket is shared by all tabs, and so is what it watches: the one that is looked at asks again.
  const connected = link.value.phase === "online" && visible.value;
  useEffect(() => {
    if (!connected) return;
    let here = true;
    const first = setTimeout(() => {
      client.rooms.watch(filter);
      client.rooms.list({ ...filter, sort, limit: page }).then(
        ({ items, next_cursor }) => {
          for (const room of items) keepRoom(room);
          if (!here) return;
          setIds(items.map((room) => room.id));
          setCursor(next_cursor);
        },
        () => here && setIds((before) => before ?? []),
      );
    }, 150);
    const stop = [
      client.on("room.updated", ({ room }) =>
        setIds((before) => before && placed(before, room, filter, sort, rooms.peek())),
      ),
      client.on("room.closed", ({ room_id }) =>
        setIds((before) => (before ? before.filter((id) => id !== room_id) : before)),
      ),
    ];
    return () => {
      here = false;
      clearTimeout(first);
      for (const one of stop) one();
    };
  }, [filter, sort, connected]);
  useEffect(() => () => client.rooms.unwatch(), []);
  const more = () =>
    void attempt(() => client.rooms.list({ ...filter, sort, limit: page, cursor: cursor ?? "" }), explain).then(
      (next) => {
        if (!next) return;
        for (const room of next.items) keepRoom(room);
        setIds((before) => [...new Set([...(before ?? []), ...next.items.map((room) => room.id)])]);
        setCursor(next.next_cursor);
      },
    );
  return { ids, more: cursor ? more : null };
}

function QuickJoin({ onClose, go }: { onClose: () => void; go: (game: string) => Promise<void> }) {
  const [game, setGame] = useState(favourite());
  return (
    <Dialog title={t("quick join")} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          onClose();
          void go(game.trim());
        }}
      >
        <p class="dialog-text">{t("quick join about")}</p>
        <Field label={t("game")}>{(props) => <GameInput {...props} value={game} onValue={setGame} />}</Field>
        <footer class="dialog-foot">
          <button type="button" class="button button-quiet" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class="button" disabled={!game.trim()}>
            {t("quick join")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

export function Rooms() {
  const [q, setQ] = useState("");
  const [game, setGame] = useState("");
  const [status, setStatus] = useState<RoomStatus | "">("");
  const [space, setSpace] = useState(false);
  const [open, setOpen] = useState(false);
  const [sort, setSort] = useState<Sort>("newest");
  const dialog = useSignal<"new" | "quick" | null>(null);
  const filter = useMemo<RoomFilter>(
    () => ({
      ...(q.trim() ? { q: q.trim() } : {}),
      ...(game ? { game } : {}),
      ...(status ? { status } : {}),
      ...(space ? { has_space: true } : {}),
      ...(open ? { has_password: false } : {}),
    }),
    [q, game, status, space, open],
  );
  const { ids, more } = useRoomList(filter, sort);
  if (!offered("rooms")) return <Empty icon="rooms" page title={t("rooms unsupported")} />;
  const shown = (ids ?? []).map((id) => rooms.value.get(id)).filter((room): room is KnownRoom => room !== undefined);
  const filtered = Object.keys(filter).length > 0;
  const guest = me.value?.guest === true;

  const quick = async (wanted: string) => {
    remember(wanted);
    const room = await attempt(
      () => takeSeat((how) => client.rooms.quickJoin({ game: wanted, ...how }), askLeave),
      explain,
    );
    if (room) navigate(`/room/${room.id}`);
  };

  return (
    <div class="page">
      <header class="page-head">
        <h1>{t("rooms")}</h1>
        <button
          type="button"
          class="button button-quiet"
          onClick={() => {
            if (game) void quick(game);
            else dialog.value = "quick";
          }}
        >
          {t("quick join")}
        </button>
        {!guest && (
          <button type="button" class="button" onClick={() => (dialog.value = "new")}>
            <Icon name="plus" size={18} /> {t("new room")}
          </button>
        )}
      </header>
      <div class="page-body">
        <div class="filters" role="search">
          <input
            type="search"
            aria-label={t("search rooms")}
            placeholder={t("search rooms")}
            value={q}
            onInput={(event) => setQ(event.currentTarget.value)}
          />
          <select aria-label={t("game")} value={game} onChange={(event) => setGame(event.currentTarget.value)}>
            <option value="">{t("any game")}</option>
            {knownGames().map((one) => (
              <option key={one} value={one}>
                {tameName(one)}
              </option>
            ))}
          </select>
          <select
            aria-label={t("state")}
            value={status}
            onChange={(event) => setStatus(event.currentTarget.value as RoomStatus | "")}
          >
            <option value="">{t("any state")}</option>
            {(["waiting", "playing", "ended"] as const).map((one) => (
              <option key={one} value={one}>
                {t(`state ${one}`)}
              </option>
            ))}
          </select>
          <select aria-label={t("sort")} value={sort} onChange={(event) => setSort(event.currentTarget.value as Sort)}>
            {(["newest", "players", "hot", "name"] as const).map((one) => (
              <option key={one} value={one}>
                {t(`sort ${one}`)}
              </option>
            ))}
          </select>
          <span class="checks">
            <label class="check">
              <input type="checkbox" checked={space} onChange={(event) => setSpace(event.currentTarget.checked)} />{" "}
              {t("with space")}
            </label>
            <label class="check">
              <input type="checkbox" checked={open} onChange={(event) => setOpen(event.currentTarget.checked)} />{" "}
              {t("without password")}
            </label>
          </span>
        </div>
        {ids && shown.length === 0 ? (
          <Empty icon="rooms" title={filtered ? t("no rooms like that") : t("no rooms")}>
            <p>{filtered ? t("no rooms like that about") : t("no rooms about")}</p>
          </Empty>
        ) : (
          <ul class="rooms" aria-label={t("rooms")} aria-busy={ids === null}>
            {ids === null
              ? [0, 1, 2].map((n) => <li key={n} class="room-card room-ghost" aria-hidden="true" />)
              : shown.map((room) => <RoomCard key={room.id} room={room} />)}
          </ul>
        )}
        <More onClick={more} />
      </div>
      {dialog.value === "new" && (
        <RoomForm
          onClose={() => (dialog.value = null)}
          done={async ({ password, ...wishes }) => {
            const made = await takeSeat(
              (how) => client.rooms.create({ ...wishes, ...(password ? { password } : {}), ...how }),
              askLeave,
            );
            if (!made) return;
            dialog.value = null;
            navigate(`/room/${made.id}`);
          }}
        />
      )}
      {dialog.value === "quick" && <QuickJoin onClose={() => (dialog.value = null)} go={quick} />}
    </div>
  );
}
