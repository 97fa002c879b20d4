import type { Group, GroupChange, NetherLinkError } from "@netherlink/client";
import { useState } from "preact/hooks";
import { explain, t } from "../i18n/index.ts";
import { navigate } from "../lib/router.ts";
import { attempt, client, friends, nameOf } from "../state/app.ts";
import { keepGroup } from "../state/places.ts";
import { Dialog, Failure, Field, UserAvatar } from "../ui/parts.tsx";

export function EditGroup({ group, onClose }: { group: Group; onClose: () => void }) {
  const [wishes, setWishes] = useState<Required<GroupChange>>({
    name: group.name,
    announcement: group.announcement,
    avatar_url: group.avatar_url,
    join: group.join,
    history: group.history,
  });
  const [error, setError] = useState<NetherLinkError | null>(null);
  const wrong = (field: string) => error?.fields.find((one) => one.field === field)?.message;
  const set = (what: GroupChange) => setWishes({ ...wishes, ...what });
  async function submit(event: Event) {
    event.preventDefault();
    setError(null);
    const names = Object.keys(wishes) as (keyof GroupChange)[];
    const change = Object.fromEntries(
      names.filter((one) => wishes[one] !== group[one]).map((one) => [one, wishes[one]]),
    );
    try {
      if (Object.keys(change).length > 0) keepGroup(await client.groups.change(group.id, change));
      onClose();
    } catch (failure) {
      setError(failure as NetherLinkError);
    }
  }
  return (
    <Dialog title={t("group settings")} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <Field label={t("group name")} error={wrong("name")}>
          {(props) => (
            <input
              {...props}
              name="name"
              value={wishes.name}
              onInput={(event) => set({ name: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label={t("announcement")} hint={t("announcement about")} error={wrong("announcement")}>
          {(props) => (
            <textarea
              {...props}
              name="announcement"
              rows={3}
              value={wishes.announcement}
              onInput={(event) => set({ announcement: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label={t("avatar url")} error={wrong("avatar_url")}>
          {(props) => (
            <input
              {...props}
              type="url"
              placeholder="https://"
              value={wishes.avatar_url}
              onInput={(event) => set({ avatar_url: event.currentTarget.value })}
            />
          )}
        </Field>
        <div class="pair">
          <Field label={t("group join")}>
            {(props) => (
              <select
                {...props}
                name="join"
                value={wishes.join}
                onChange={(event) => set({ join: event.currentTarget.value as Group["join"] })}
              >
                <option value="link">{t("join link")}</option>
                <option value="request">{t("join request")}</option>
                <option value="invite">{t("join invite")}</option>
              </select>
            )}
          </Field>
          <Field label={t("group history")}>
            {(props) => (
              <select
                {...props}
                name="history"
                value={wishes.history}
                onChange={(event) => set({ history: event.currentTarget.value as Group["history"] })}
              >
                <option value="joined">{t("history joined")}</option>
                <option value="all">{t("history all")}</option>
              </select>
            )}
          </Field>
        </div>
        <Failure error={error} />
        <footer class="dialog-foot">
          <button type="button" class="button button-quiet" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class="button" disabled={!wishes.name.trim()}>
            {t("save")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

export function PickPeople({
  title,
  without,
  onClose,
  done,
  named,
}: {
  title: string;
  without: Set<string>;
  onClose: () => void;
  done: (ids: string[], name: string) => void;
  named?: boolean;
}) {
  const [chosen, setChosen] = useState<string[]>([]);
  const [name, setName] = useState("");
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          done(chosen, name.trim());
          onClose();
        }}
      >
        {named && (
          <Field label={t("group name")}>
            {(props) => (
              <input
                {...props}
                name="group-name"
                required
                autofocus
                value={name}
                onInput={(event) => setName(event.currentTarget.value)}
              />
            )}
          </Field>
        )}
        <ul class="people">
          {(friends.value ?? [])
            .filter((one) => !without.has(one.user.id))
            .map(({ user }) => (
              <li key={user.id}>
                <label class="person pick">
                  <UserAvatar id={user.id} size={36} />
                  <bdi class="person-name">{nameOf(user.id)}</bdi>
                  <input
                    type="checkbox"
                    checked={chosen.includes(user.id)}
                    onChange={() =>
                      setChosen(
                        chosen.includes(user.id) ? chosen.filter((one) => one !== user.id) : [...chosen, user.id],
                      )
                    }
                  />
                </label>
              </li>
            ))}
        </ul>
        {(friends.value ?? []).length === 0 && <p class="quiet">{t("no friends about")}</p>}
        <footer class="dialog-foot">
          <button type="button" class="button button-quiet" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class="button" disabled={named ? !name.trim() : chosen.length === 0}>
            {title}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

export function NewGroup({ onClose }: { onClose: () => void }) {
  return (
    <PickPeople
      title={t("create group")}
      named
      without={new Set()}
      onClose={onClose}
      done={(members, name) =>
        void attempt(() => client.groups.create({ name, ...(members.length ? { members } : {}) }), explain).then(
          (made) => {
            if (!made) return;
            keepGroup(made);
            navigate(`/c/${made.conversation_id}`);
          },
        )
      }
    />
  );
}
