import type { NetherLinkError } from "@netherlink/client";
import { useState } from "preact/hooks";
import { explain, t } from "../i18n/index.ts";
import { navigate, path, wanted } from "../lib/router.ts";
import { client, me, offered } from "../state/app.ts";
import { type GroupInfo, joinRoom, type RoomInfo } from "../state/places.ts";
import { Logo } from "../ui/icons.tsx";
import { confirm, Empty, Field } from "../ui/parts.tsx";

async function follow(code: string): Promise<void> {
  let room: RoomInfo | undefined;
  try {
    room = await joinRoom("/rooms/join", { code }, () => confirm(t("in another room"), "", t("leave and join"), false));
  } catch (error) {
    if ((error as NetherLinkError).status !== 404) throw error;
    const group = await client.call<GroupInfo | { status: "pending" }>("POST", "/groups/join", { body: { code } });
    navigate("conversation_id" in group ? `/c/${group.conversation_id}` : "/");
    return;
  }
  if (room) navigate(`/room/${room.id}`);
}

/** Whoever holds the link may come in: with an account, or where the server lets them, by a nickname alone. */
export function Invite({ code }: { code: string }) {
  const [nickname, setNickname] = useState("");
  const [error, setError] = useState<NetherLinkError | null>(null);
  const [busy, setBusy] = useState(false);
  const run = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (failure) {
      setError(failure as NetherLinkError);
    } finally {
      setBusy(false);
    }
  };
  if (error?.status === 404) {
    return (
      <Empty icon="link" title={t("invite bad")}>
        <p>{t("invite bad about")}</p>
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
        <button type="button" class="button button-large" disabled={busy} onClick={() => void run(() => follow(code))}>
          {t("invite join")}
        </button>
      ) : (
        <>
          <p>{t("invite about")}</p>
          <button
            type="button"
            class="button button-large"
            onClick={() => {
              wanted.value = path.value;
              navigate("/sign-in");
            }}
          >
            {t("sign in")}
          </button>
          {offered("guests") && (
            <form
              onSubmit={(event) => {
                event.preventDefault();
                void run(async () => {
                  await client.guest(nickname.trim(), code);
                  await follow(code).catch(() => undefined);
                });
              }}
            >
              <Field label={t("nickname")}>
                {(props) => (
                  <input {...props} value={nickname} onInput={(event) => setNickname(event.currentTarget.value)} />
                )}
              </Field>
              <button type="submit" class="button button-quiet button-large" disabled={busy || !nickname.trim()}>
                {t("join as guest")}
              </button>
            </form>
          )}
        </>
      )}
      {error && (
        <p class="notice notice-error" role="alert">
          {explain(error)}
        </p>
      )}
    </div>
  );
}
