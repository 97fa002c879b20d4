import type { NetherLinkError, RoomVisibility } from "@netherlink/client";
import { useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { tameName } from "../lib/text.ts";
import { config } from "../state/app.ts";
import { type KnownRoom, rooms } from "../state/places.ts";
import { Dialog, Failure, Field } from "../ui/parts.tsx";

const lastGame = "netherlink.game";

/** The game that was played last on this device. */
export const favourite = (): string => localStorage.getItem(lastGame) ?? "";
export const remember = (game: string): void => {
  try {
    localStorage.setItem(lastGame, game);
  } catch {
    // Then it is typed again.
  }
};

export const knownGames = (): string[] =>
  [...new Map([...rooms.value.values()].map(({ game }) => [game.normalize("NFKC").toLowerCase(), game])).values()].sort(
    (a, b) => a.localeCompare(b),
  );

export function GameInput({
  value,
  onValue,
  ...rest
}: {
  value: string;
  onValue: (value: string) => void;
  id?: string;
}) {
  return (
    <>
      <input
        {...rest}
        name="game"
        required
        list="games"
        autocomplete="off"
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <datalist id="games">
        {knownGames().map((one) => (
          <option key={one} value={tameName(one)} />
        ))}
      </datalist>
    </>
  );
}

export interface RoomWishes {
  name: string;
  game: string;
  max_players: number;
  visibility: RoomVisibility;
  /** Undefined: as it is; null: none. */
  password?: string | null;
}

/** What a room is: for a new one, and to change one. `done` rejects when the server does not want it. */
export function RoomForm({
  room,
  onClose,
  done,
}: {
  room?: KnownRoom;
  onClose: () => void;
  done: (wishes: RoomWishes) => Promise<void>;
}) {
  const [name, setName] = useState(room?.name ?? "");
  const [game, setGame] = useState(room?.game ?? favourite());
  const [seats, setSeats] = useState(String(room?.max_players ?? 4));
  const [password, setPassword] = useState("");
  const [open, setOpen] = useState(false);
  const [visibility, setVisibility] = useState<RoomVisibility>(room?.visibility ?? "public");
  const [error, setError] = useState<NetherLinkError | null>(null);
  const [busy, setBusy] = useState(false);
  const most = config.value?.limits.room_players ?? 64;
  const wrong = (field: string) => error?.fields.find((one) => one.field === field)?.message;
  const count = Number(seats);
  const seatsWrong =
    !Number.isInteger(count) || count < 1 || count > most ? t("seats wrong", most) : wrong("max_players");
  const title = room ? t("room settings") : t("new room");

  async function submit(event: Event) {
    event.preventDefault();
    if (busy || seatsWrong) return;
    setBusy(true);
    setError(null);
    try {
      remember(game.trim());
      await done({
        name: name.trim(),
        game: game.trim(),
        max_players: count,
        visibility,
        ...(password ? { password } : open ? { password: null } : {}),
      });
    } catch (failure) {
      setError(failure as NetherLinkError);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <Field label={t("room name")} error={wrong("name")}>
          {(props) => (
            <input
              {...props}
              name="room-name"
              required
              autofocus
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={t("game")} error={wrong("game")}>
          {(props) => <GameInput {...props} value={game} onValue={setGame} />}
        </Field>
        <div class="pair">
          <Field label={t("seats")} error={seatsWrong}>
            {(props) => (
              <input
                {...props}
                name="seats"
                type="number"
                inputMode="numeric"
                min={1}
                max={most}
                value={seats}
                onInput={(event) => setSeats(event.currentTarget.value)}
              />
            )}
          </Field>
          <Field label={t("visibility")}>
            {(props) => (
              <select
                {...props}
                name="visibility"
                value={visibility}
                onChange={(event) => setVisibility(event.currentTarget.value as RoomVisibility)}
              >
                <option value="public">{t("public")}</option>
                <option value="friends">{t("friends only")}</option>
                <option value="private">{t("private")}</option>
              </select>
            )}
          </Field>
        </div>
        <Field
          label={room?.has_password ? t("new room password") : t("room password")}
          hint={room?.has_password ? t("room password kept") : undefined}
          error={wrong("password")}
        >
          {(props) => (
            <input
              {...props}
              name="room-password"
              autocomplete="off"
              disabled={open}
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
          )}
        </Field>
        {room?.has_password && (
          <label class="check">
            <input type="checkbox" checked={open} onChange={(event) => setOpen(event.currentTarget.checked)} />{" "}
            {t("no password")}
          </label>
        )}
        <Failure error={error} />
        <footer class="dialog-foot">
          <button type="button" class="button button-quiet" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class="button" disabled={busy || !name.trim() || !game.trim()}>
            {room ? t("save") : t("create room")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
