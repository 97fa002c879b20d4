import { singleId } from "@netherlink/client";
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { ago, date, explain, t } from "../i18n/index.ts";
import { navigate } from "../lib/router.ts";
import { tame } from "../lib/text.ts";
import {
  attempt,
  client,
  friends,
  incoming,
  isBlocked,
  isFriend,
  loadPeople,
  me,
  nameOf,
  outgoing,
  presence,
  toast,
  userOf,
} from "../state/app.ts";
import { Icon } from "../ui/icons.tsx";
import { confirm, type MenuItem } from "../ui/overlays.tsx";
import { Dialog, UserAvatar } from "../ui/parts.tsx";

const shown = signal<string | null>(null);
export const openProfile = (id: string) => {
  shown.value = id;
};

const after = async (work: Promise<unknown>) => {
  await attempt(() => work, explain);
  await loadPeople();
};

export const askFriend = async (id: string, message = ""): Promise<boolean> => {
  const done = await attempt(
    () =>
      client
        .call("POST", "/friends/requests", {
          body: { user_id: id, ...(message.trim() ? { message: message.trim() } : {}) },
        })
        .then(() => true),
    explain,
  );
  if (done) toast(t("request sent"));
  await loadPeople();
  return done ?? false;
};

export const answerRequest = (id: string, how: "accept" | "reject") =>
  after(client.call("POST", `/friends/requests/${id}/${how}`));

export async function unfriend(id: string): Promise<void> {
  if (await confirm(t("unfriend"), t("unfriend about", nameOf(id))))
    await after(client.call("DELETE", `/friends/${id}`));
}

export async function setBlock(id: string, on: boolean): Promise<void> {
  if (on && !(await confirm(t("block"), t("block about", nameOf(id))))) return;
  await after(client.call(on ? "PUT" : "DELETE", `/blocks/${id}`));
}

export function profileMenu(id: string): MenuItem[] {
  return [
    { label: t("profile"), icon: "user", run: () => openProfile(id) },
    ...(isFriend(id)
      ? [{ label: t("unfriend"), icon: "close" as const, danger: true, run: () => void unfriend(id) }]
      : []),
    {
      label: isBlocked(id) ? t("unblock") : t("block"),
      icon: "block",
      danger: !isBlocked(id),
      run: () => void setBlock(id, !isBlocked(id)),
    },
  ];
}

export function ProfileHost() {
  return shown.value ? <Profile key={shown.value} id={shown.value} /> : null;
}

function Profile({ id }: { id: string }) {
  const user = userOf(id);
  const [asking, setAsking] = useState<string | null>(null);
  useEffect(() => {
    client.profile(id, true).catch(() => undefined);
  }, [id]);
  const close = () => {
    shown.value = null;
  };
  const self = id === me.value?.id;
  const there = presence.value.get(id);
  const request = incoming.value.find((one) => one.from.id === id);
  const asked = outgoing.value.some((one) => one.to.id === id);
  return (
    <Dialog title={t("profile")} onClose={close}>
      <div class="profile">
        <UserAvatar id={id} size={88} showPresence={!self && there !== undefined} />
        <h3>
          <bdi>{nameOf(id)}</bdi>
        </h3>
        {user && !user.deleted && <p class="profile-name">{user.guest ? t("guest") : `@${user.username}`}</p>}
        {there && (
          <p class="profile-presence">
            {there.online ? t("online") : there.last_seen ? t("last seen", ago(there.last_seen)) : t("away")}
          </p>
        )}
        {user?.bio && (
          <p class="profile-bio" dir="auto">
            {tame(user.bio)}
          </p>
        )}
        {user && <p class="profile-since">{t("member since", date(user.created_at))}</p>}
        {!self && user && !user.deleted && (
          <div class="profile-actions">
            <button
              type="button"
              class="button"
              onClick={() => {
                close();
                navigate(`/c/${singleId(id, me.value?.id ?? "")}`);
              }}
            >
              <Icon name="chat" size={18} /> {t("message")}
            </button>
            {friends.value &&
              !me.value?.guest &&
              !user.guest &&
              !isFriend(id) &&
              !isBlocked(id) &&
              !request &&
              !asked &&
              asking === null && (
                <button type="button" class="button button-quiet" onClick={() => setAsking("")}>
                  <Icon name="userPlus" size={18} /> {t("add friend")}
                </button>
              )}
            {request && (
              <button
                type="button"
                class="button button-quiet"
                onClick={() => void answerRequest(request.id, "accept")}
              >
                <Icon name="check" size={18} /> {t("accept")}
              </button>
            )}
            {asked && <span class="tag">{t("outgoing")}</span>}
          </div>
        )}
        {asking !== null && (
          <form
            class="profile-ask"
            onSubmit={async (event) => {
              event.preventDefault();
              if (await askFriend(id, asking)) setAsking(null);
            }}
          >
            <input
              aria-label={t("request message")}
              placeholder={t("request message")}
              value={asking}
              maxLength={160}
              onInput={(event) => setAsking(event.currentTarget.value)}
            />
            <button type="submit" class="button">
              {t("send")}
            </button>
          </form>
        )}
        {self && (
          <button
            type="button"
            class="button button-quiet"
            onClick={() => {
              close();
              navigate("/settings");
            }}
          >
            {t("settings")}
          </button>
        )}
      </div>
    </Dialog>
  );
}
