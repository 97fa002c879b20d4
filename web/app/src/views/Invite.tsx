import type { NetherLinkError } from "@netherlink/client";
import { useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { navigate, path, wanted } from "../lib/router.ts";
import { client, me, nameOf, offered } from "../state/app.ts";
import { keepGroup, takeSeat } from "../state/places.ts";
import { Logo } from "../ui/icons.tsx";
import { Empty, Failure, Field } from "../ui/parts.tsx";
import { Password } from "./Room.tsx";
import { askLeave } from "./Rooms.tsx";

/** Where a link leads is not said until one follows it: a room, else a group. False: its admins have to agree first. */
async function follow(code: string, password?: string): Promise<boolean> {
  try {
    const room = await takeSeat(
      (how) => client.rooms.joinByCode({ code, ...(password ? { password } : {}), ...how }),
      askLeave,
    );
    if (room) navigate(`/room/${room.id}`, true);
  } catch (error) {
    if ((error as NetherLinkError).status !== 404) throw error;
    const group = await client.groups.join({ code });
    if ("status" in group) return false;
    keepGroup(group);
    navigate(`/c/${group.conversation_id}`, true);
  }
  return true;
}

/** Whoever holds the link may come in: with an account, or where the server lets them, by a nickname alone. */
export function Invite({ code }: { code: string }) {
  const [nickname, setNickname] = useState("");
  const [error, setError] = useState<NetherLinkError | null>(null);
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState(false);
  const [locked, setLocked] = useState(false);

  const enter = async (password?: string) => {
    setAsked(!(await follow(code, password)));
    setLocked(false);
  };
  const run = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (failure) {
      if ((failure as NetherLinkError).code === "room.wrong_password") setLocked(true);
      else setError(failure as NetherLinkError);
    } finally {
      setBusy(false);
    }
  };
  const asGuest = async () => {
    try {
      await client.guest(nickname.trim(), code);
    } catch (failure) {
      // A room with a password lets nobody in by the link alone: the guest comes first, and is asked for it then.
      if ((failure as NetherLinkError).code !== "room.wrong_password") throw failure;
      await client.guest(nickname.trim());
    }
    await enter();
  };

  if (error?.status === 404) {
    return (
      <Empty icon="link" page title={t("invite bad")}>
        <p>{t("invite bad about")}</p>
        <a class="button" href="/">
          {t("go home")}
        </a>
      </Empty>
    );
  }
  if (asked) {
    return (
      <Empty icon="clock" page title={t("invite asked")}>
        <p>{t("invite asked about")}</p>
        <a class="button" href="/">
          {t("go home")}
        </a>
      </Empty>
    );
  }
  return (
    <div class="invite" role={me.value ? undefined : "main"}>
      <Logo size={56} />
      <h1>{t("invited")}</h1>
      {me.value ? (
        <>
          <p>{t("invite as", nameOf(me.value.id))}</p>
          <button type="button" class="button button-large" disabled={busy} onClick={() => void run(enter)}>
            {t("invite join")}
          </button>
        </>
      ) : (
        <Strangers
          nickname={nickname}
          setNickname={setNickname}
          busy={busy}
          error={error}
          asGuest={() => void run(asGuest)}
        />
      )}
      <Failure error={error} />
      {locked && me.value && <Password onClose={() => setLocked(false)} enter={enter} />}
    </div>
  );
}

function Strangers({
  nickname,
  setNickname,
  busy,
  error,
  asGuest,
}: {
  nickname: string;
  setNickname: (name: string) => void;
  busy: boolean;
  error: NetherLinkError | null;
  asGuest: () => void;
}) {
  const guests = offered("guests");
  const door = (to: string) => () => {
    wanted.value = path.value;
    navigate(to);
  };
  const wrong = error?.fields.find((one) => one.field === "nickname")?.message;
  return (
    <>
      <p>{guests ? t("invite about") : t("invite about account")}</p>
      {guests && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            asGuest();
          }}
        >
          <Field label={t("nickname")} error={wrong}>
            {(props) => (
              <input
                {...props}
                name="nickname"
                autocomplete="nickname"
                autofocus
                value={nickname}
                onInput={(event) => setNickname(event.currentTarget.value)}
              />
            )}
          </Field>
          <button type="submit" class="button button-large" disabled={busy || !nickname.trim()}>
            {t("join as guest")}
          </button>
        </form>
      )}
      <div class="invite-doors">
        <button type="button" class="button button-quiet button-large" onClick={door("/sign-in")}>
          {t("sign in")}
        </button>
        <button type="button" class="button button-quiet button-large" onClick={door("/sign-up")}>
          {t("sign up")}
        </button>
      </div>
    </>
  );
}
