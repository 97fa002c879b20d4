import type { NetherLinkError } from "@netherlink/client";
import { useEffect, useState } from "preact/hooks";
import { explain, t } from "../i18n/index.ts";
import { navigate } from "../lib/router.ts";
import { tame, tameName } from "../lib/text.ts";
import { attempt, client, friends, link, me, nameOf } from "../state/app.ts";
import type { GroupInfo, GroupMember } from "../state/places.ts";
import { Icon } from "../ui/icons.tsx";
import {
  Avatar,
  confirm,
  Dialog,
  Empty,
  Field,
  IconButton,
  type MenuItem,
  openMenu,
  UserAvatar,
} from "../ui/parts.tsx";
import { InviteDialog } from "./Room.tsx";

/** A group: who is in it, and what its admins may do. Its messages are at /c/group_…. */
export function Group({ id }: { id: string }) {
  const [group, setGroup] = useState<GroupInfo | null>(null);
  const [members, setMembers] = useState<GroupMember[]>([]);
  const [missing, setMissing] = useState(false);
  const [open, setOpen] = useState<"invite" | "add" | "edit" | null>(null);
  const connected = link.value.phase === "online";
  const load = () => {
    client
      .call<GroupInfo>("GET", `/groups/${id}`)
      .then(setGroup, (error: NetherLinkError) => setMissing(error.status === 404));
    client.all<GroupMember>(`/groups/${id}/members`).then(
      (all) => {
        for (const one of all) client.remember(one.user);
        setMembers(all);
      },
      () => undefined,
    );
  };
  useEffect(() => {
    if (!connected) return;
    load();
    return client.on("frame", ({ type, data }) => {
      if (type === "group.updated" && (data as { group: GroupInfo }).group.id === id) load();
    });
  }, [id, connected]);
  if (missing) return <Empty icon="friends" title={t("not found")} />;
  if (!group) return <p class="quiet page-loading">{t("loading")}</p>;
  const leads = group.my_role !== "member";
  const owns = group.my_role === "owner";
  const then = (work: Promise<unknown>) => void attempt(() => work, explain).then(load);

  const menu = (one: GroupMember): MenuItem[] => [
    ...(owns
      ? [
          {
            label: one.role === "admin" ? t("unmake admin") : t("make admin"),
            icon: "crown" as const,
            run: () =>
              then(
                client.call("PATCH", `/groups/${id}/members/${one.user.id}`, {
                  body: { role: one.role === "admin" ? "member" : "admin" },
                }),
              ),
          },
          {
            label: t("transfer"),
            icon: "crown" as const,
            danger: true,
            run: () => then(client.call("POST", `/groups/${id}/transfer`, { body: { user_id: one.user.id } })),
          },
        ]
      : []),
    {
      label: one.muted_until ? t("unmute") : t("mute"),
      icon: "mute",
      run: () =>
        then(
          client.call("PATCH", `/groups/${id}/members/${one.user.id}`, {
            body: { muted_until: one.muted_until ? null : new Date(Date.now() + 3_600_000).toISOString() },
          }),
        ),
    },
    {
      label: t("kick"),
      icon: "close",
      danger: true,
      run: () => then(client.call("DELETE", `/groups/${id}/members/${one.user.id}`)),
    },
  ];

  return (
    <div class="page">
      <header class="page-head">
        <a class="icon-button" href={`/c/${group.conversation_id}`} aria-label={t("back")}>
          ‹
        </a>
        <h1>{t("group settings")}</h1>
      </header>
      <div class="page-body">
        <div class="settings-me">
          <Avatar id={group.conversation_id} name={group.name} url={group.avatar_url ?? ""} size={72} />
          <div>
            <strong>
              <bdi>{tameName(group.name)}</bdi>
            </strong>
            <span>{t("member count", group.member_count)}</span>
          </div>
          {leads && <IconButton icon="edit" label={t("edit")} onClick={() => setOpen("edit")} />}
        </div>
        {group.announcement && (
          <p class="notice" dir="auto">
            {tame(group.announcement)}
          </p>
        )}
        <section class="people-section">
          <h2>
            {t("members")} <span>{group.member_count}</span>
          </h2>
          <p class="row-buttons">
            <button type="button" class="button button-small button-quiet" onClick={() => setOpen("add")}>
              <Icon name="userPlus" size={16} /> {t("add members")}
            </button>
            {leads && (
              <button type="button" class="button button-small button-quiet" onClick={() => setOpen("invite")}>
                <Icon name="link" size={16} /> {t("invite link")}
              </button>
            )}
          </p>
          <ul class="people">
            {members.map((one) => (
              <li key={one.user.id} class="person">
                <span class="person-who">
                  <UserAvatar id={one.user.id} size={40} />
                  <span>
                    <bdi class="person-name">{nameOf(one.user.id)}</bdi>
                    <span class="person-about">
                      {one.role === "owner" ? t("owner") : one.role === "admin" ? t("admin") : t("member")}
                    </span>
                  </span>
                </span>
                {leads && one.role !== "owner" && one.user.id !== me.value?.id && (
                  <IconButton
                    icon="more"
                    label={`${t("more")}: ${nameOf(one.user.id)}`}
                    onClick={(event) => openMenu(event, nameOf(one.user.id), menu(one))}
                  />
                )}
              </li>
            ))}
          </ul>
        </section>
        <section class="danger-zone">
          <button
            type="button"
            class="button button-danger-quiet"
            onClick={async () => {
              if (!(await confirm(t("leave group"), t("leave group about")))) return;
              await attempt(() => client.call("POST", `/groups/${id}/leave`), explain);
              navigate("/");
            }}
          >
            {t("leave group")}
          </button>
          {owns && (
            <button
              type="button"
              class="button button-danger-quiet"
              onClick={async () => {
                if (!(await confirm(t("dissolve"), t("dissolve about")))) return;
                await attempt(() => client.call("DELETE", `/groups/${id}`), explain);
                navigate("/");
              }}
            >
              {t("dissolve")}
            </button>
          )}
        </section>
      </div>
      {open === "invite" && <InviteDialog path={`/groups/${id}`} onClose={() => setOpen(null)} />}
      {open === "add" && (
        <PickPeople
          title={t("add members")}
          without={new Set(members.map((one) => one.user.id))}
          onClose={() => setOpen(null)}
          done={(user_ids) => then(client.call("POST", `/groups/${id}/members`, { body: { user_ids } }))}
        />
      )}
      {open === "edit" && <EditGroup group={group} onClose={() => setOpen(null)} done={load} />}
    </div>
  );
}

function EditGroup({ group, onClose, done }: { group: GroupInfo; onClose: () => void; done: () => void }) {
  const [name, setName] = useState(group.name);
  const [announcement, setAnnouncement] = useState(group.announcement ?? "");
  return (
    <Dialog title={t("group settings")} onClose={onClose}>
      <form
        onSubmit={async (event) => {
          event.preventDefault();
          if (
            await attempt(
              () => client.call("PATCH", `/groups/${group.id}`, { body: { name, announcement } }).then(() => true),
              explain,
            )
          )
            onClose();
          done();
        }}
      >
        <Field label={t("group name")}>
          {(props) => <input {...props} value={name} onInput={(event) => setName(event.currentTarget.value)} />}
        </Field>
        <Field label={t("announcement")}>
          {(props) => (
            <textarea
              {...props}
              rows={4}
              value={announcement}
              onInput={(event) => setAnnouncement(event.currentTarget.value)}
            />
          )}
        </Field>
        <footer class="dialog-foot">
          <button type="submit" class="button" disabled={!name.trim()}>
            {t("save")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function PickPeople({
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
        onSubmit={(event) => {
          event.preventDefault();
          done(chosen, name.trim());
          onClose();
        }}
      >
        {named && (
          <Field label={t("group name")}>
            {(props) => (
              <input {...props} required value={name} onInput={(event) => setName(event.currentTarget.value)} />
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
        void attempt(
          () => client.call<GroupInfo>("POST", "/groups", { body: { name, ...(members.length ? { members } : {}) } }),
          explain,
        ).then((made) => made && navigate(`/c/${made.conversation_id}`))
      }
    />
  );
}
