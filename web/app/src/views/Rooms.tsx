import { useSignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { explain, t } from "../i18n/index.ts";
import { navigate } from "../lib/router.ts";
import { tameName } from "../lib/text.ts";
import { attempt, client, link, nameOf, offered } from "../state/app.ts";
import { joinRoom, keepRoom, type RoomInfo, rooms } from "../state/places.ts";
import { Icon } from "../ui/icons.tsx";
import { Avatar, confirm, Dialog, Empty, Field } from "../ui/parts.tsx";

const askLeave = () => confirm(t("in another room"), "", t("leave and join"), false);

function RoomCard({ room }: { room: RoomInfo }) {
  const full = room.player_count >= room.max_players;
  return (
    <li>
      <a class="room-card" href={`/room/${room.id}`}>
        <Avatar id={room.game} name={room.game} size={48} />
        <span class="room-text">
          <bdi class="person-name">{tameName(room.name)}</bdi>
          <span class="person-about">
            <bdi>{tameName(room.game)}</bdi> · {nameOf(room.owner_id)}
          </span>
        </span>
        <span class="room-facts">
          {room.has_password && (
            <span title={t("locked")}>
              <Icon name="lock" size={15} />
              <span class="sr-only">{t("locked")}</span>
            </span>
          )}
          <span class={`pill pill-${room.status}`}>{t(`state ${room.status}`)}</span>
          <span class={full ? "seats is-full" : "seats"}>{t("players", room.player_count, room.max_players)}</span>
        </span>
      </a>
    </li>
  );
}

export function Rooms() {
  const [query, setQuery] = useState("");
  const [game, setGame] = useState("");
  const [space, setSpace] = useState(false);
  const [sort, setSort] = useState("newest");
  const [ids, setIds] = useState<string[] | null>(null);
  const making = useSignal(false);
  const supported = offered("rooms");
  useEffect(() => {
    if (!supported || link.value.phase !== "online") return;
    let here = true;
    const load = () =>
      client
        .call<{ items: RoomInfo[] }>("GET", "/rooms", {
          query: { limit: 100, sort, q: query || undefined, game: game || undefined, has_space: space || undefined },
        })
        .then(
          ({ items }) => {
            for (const room of items) keepRoom(room);
            if (here) setIds(items.map((room) => room.id));
          },
          () => here && setIds((before) => before ?? []),
        );
    const first = setTimeout(load, 150);
    // The list is told live; new rooms are looked for again when something happens.
    client.link.request("rooms.watch" as never, {} as never).catch(() => undefined);
    const stop = client.on("frame", ({ type }) => {
      if (type === "room.updated" || type === "room.closed") {
        clearTimeout(soon);
        soon = setTimeout(load, 800);
      }
    });
    let soon: ReturnType<typeof setTimeout> | undefined;
    return () => {
      here = false;
      stop();
      clearTimeout(first);
      clearTimeout(soon);
      client.link.request("rooms.unwatch" as never, {} as never).catch(() => undefined);
    };
  }, [query, game, space, sort, supported, link.value.phase]);
  if (!supported) return <Empty icon="rooms" title={t("rooms unsupported")} />;
  const shown = (ids ?? []).map((id) => rooms.value.get(id)).filter((room): room is RoomInfo => room !== undefined);
  const games = [...new Set([...rooms.value.values()].map((room) => room.game))].sort();
  const quick = () =>
    void attempt(
      () => joinRoom("/rooms/quick-join", { game: game || games[0] || "Minecraft" }, askLeave),
      explain,
    ).then((room) => room && navigate(`/room/${room.id}`));
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t("rooms")}</h1>
        <button type="button" class="button button-quiet" onClick={quick}>
          {t("quick join")}
        </button>
        <button type="button" class="button" onClick={() => (making.value = true)}>
          <Icon name="plus" size={18} /> {t("new room")}
        </button>
      </header>
      <div class="page-body">
        <div class="filters">
          <input
            type="search"
            aria-label={t("search")}
            placeholder={t("search")}
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
          <select aria-label={t("game")} value={game} onChange={(event) => setGame(event.currentTarget.value)}>
            <option value="">{t("any game")}</option>
            {games.map((one) => (
              <option key={one} value={one}>
                {tameName(one)}
              </option>
            ))}
          </select>
          <select aria-label="sort" value={sort} onChange={(event) => setSort(event.currentTarget.value)}>
            {(["newest", "players", "hot", "name"] as const).map((one) => (
              <option key={one} value={one}>
                {t(`sort ${one}`)}
              </option>
            ))}
          </select>
          <label class="check">
            <input type="checkbox" checked={space} onChange={(event) => setSpace(event.currentTarget.checked)} />{" "}
            {t("with space")}
          </label>
        </div>
        {ids && shown.length === 0 && (
          <Empty icon="rooms" title={t("no rooms")}>
            <p>{t("no rooms about")}</p>
          </Empty>
        )}
        <ul class="rooms">
          {shown.map((room) => (
            <RoomCard key={room.id} room={room} />
          ))}
        </ul>
      </div>
      {making.value && <NewRoom onClose={() => (making.value = false)} />}
    </div>
  );
}

function NewRoom({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [game, setGame] = useState("");
  const [seats, setSeats] = useState(4);
  const [password, setPassword] = useState("");
  const [visibility, setVisibility] = useState<RoomInfo["visibility"]>("public");
  async function make(event: Event) {
    event.preventDefault();
    const body = {
      name: name.trim(),
      game: game.trim(),
      max_players: seats,
      visibility,
      ...(password ? { password } : {}),
    };
    const room = await attempt(() => joinRoom("/rooms", body, askLeave), explain);
    if (room) {
      onClose();
      navigate(`/room/${room.id}`);
    }
  }
  return (
    <Dialog title={t("new room")} onClose={onClose}>
      <form onSubmit={make}>
        <Field label={t("room name")}>
          {(props) => (
            <input {...props} required value={name} onInput={(event) => setName(event.currentTarget.value)} />
          )}
        </Field>
        <Field label={t("game")}>
          {(props) => (
            <input
              {...props}
              required
              list="games"
              value={game}
              onInput={(event) => setGame(event.currentTarget.value)}
            />
          )}
        </Field>
        <datalist id="games">
          {[...new Set([...rooms.value.values()].map((room) => room.game))].map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <Field label={t("seats")}>
          {(props) => (
            <input
              {...props}
              type="number"
              min={1}
              max={64}
              value={seats}
              onInput={(event) => setSeats(Number(event.currentTarget.value))}
            />
          )}
        </Field>
        <Field label={t("visibility")}>
          {(props) => (
            <select
              {...props}
              value={visibility}
              onChange={(event) => setVisibility(event.currentTarget.value as RoomInfo["visibility"])}
            >
              <option value="public">{t("public")}</option>
              <option value="friends">{t("friends only")}</option>
              <option value="private">{t("private")}</option>
            </select>
          )}
        </Field>
        <Field label={t("room password")}>
          {(props) => (
            <input
              {...props}
              autocomplete="off"
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
          )}
        </Field>
        <footer class="dialog-foot">
          <button type="button" class="button button-quiet" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class="button" disabled={!name.trim() || !game.trim()}>
            {t("create room")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
