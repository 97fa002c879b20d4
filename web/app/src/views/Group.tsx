import type { GroupBan, Group as GroupInfo, GroupMember, GroupRequest, NetherLinkError } from "@netherlink/client";
import { useEffect, useState } from "preact/hooks";
import { exact, explain, t } from "../i18n/index.ts";
import { navigate } from "../lib/router.ts";
import { tame, tameName } from "../lib/text.ts";
import { attempt, client, link, me, nameOf } from "../state/app.ts";
import { groups, keepGroup } from "../state/places.ts";
import { Icon } from "../ui/icons.tsx";
import { confirm, type MenuItem, openMenu } from "../ui/overlays.tsx";
import { Avatar, Empty, IconButton, UserAvatar } from "../ui/parts.tsx";
import { EditGroup, PickPeople } from "./GroupForms.tsx";
import { InviteDialog } from "./InviteDialog.tsx";
import { openProfile } from "./Profile.tsx";

const ranks = { owner: 2, admin: 1, member: 0 } as const;

interface Inside {
  members: GroupMember[] | null;
  requests: GroupRequest[];
  bans: GroupBan[];
}

/** What the page shows, asked again whenever the group changes; admins see more. */
function useGroup(id: string) {
  const [missing, setMissing] = useState(false);
  const [inside, setInside] = useState<Inside>({ members: null, requests: [], bans: [] });
  const group = groups.value.get(id);
  const connected = link.value.phase === "online";
  const leads = group !== undefined && group.my_role !== "member";

  const load = () => {
    client.groups.get(id).then(keepGroup, (error: NetherLinkError) => setMissing(error.status === 404));
    client.groups.members(id).then(
      (members) => {
        for (const one of members) client.remember(one.user);
        setInside((before) => ({ ...before, members }));
      },
      () => undefined,
    );
    if (!leads) return;
    client.groups.requests(id).then(
      (requests) => setInside((before) => ({ ...before, requests })),
      () => undefined,
    );
    client.groups.bans(id).then(
      (bans) => setInside((before) => ({ ...before, bans })),
      () => undefined,
    );
  };
  useEffect(() => {
    if (connected) load();
  }, [id, connected, leads, group?.version]);
  return { group, missing, inside, load };
}

/** A group: who is in it, and what its admins may do. Its messages are at /c/group_…. */
export function Group({ id }: { id: string }) {
  const { group, missing, inside, load } = useGroup(id);
  const [open, setOpen] = useState<"invite" | "add" | "edit" | null>(null);
  if (missing) {
    return (
      <Empty icon="friends" page title={t("not found")}>
        <p>{t("not found about")}</p>
        <a class="button" href="/">
          {t("go home")}
        </a>
      </Empty>
    );
  }
  if (!group) return <p class="quiet page-loading">{t("loading")}</p>;
  const leads = group.my_role !== "member";
  const act = (work: () => Promise<unknown>) => void attempt(work, explain).then(load);
  const { requests, bans } = inside;

  return (
    <div class="page">
      <header class="page-head">
        <a class="icon-button" href={`/c/${group.conversation_id}`} aria-label={t("back")}>
          <Icon name="back" />
        </a>
        <h1>{t("group settings")}</h1>
      </header>
      <div class="page-body">
        <div class="settings-me">
          <Avatar id={group.conversation_id} name={group.name} url={group.avatar_url} size={72} />
          <div>
            <strong>
              <bdi>{tameName(group.name)}</bdi>
            </strong>
            <span>
              {t("member count", group.member_count)} · {t("who has a link", t(`join ${group.join}`))}
            </span>
          </div>
          {leads && (
            <button type="button" class="button button-small button-quiet" onClick={() => setOpen("edit")}>
              <Icon name="edit" size={16} /> {t("edit")}
            </button>
          )}
        </div>
        {group.announcement && (
          <section class="announcement">
            <h2>{t("announcement")}</h2>
            <p dir="auto">{tame(group.announcement)}</p>
          </section>
        )}
        {requests.length > 0 && (
          <section class="people-section">
            <h2>
              {t("join requests")} <span>{requests.length}</span>
            </h2>
            <ul class="people">
              {requests.map(({ user }) => (
                <li key={user.id} class="person">
                  <Who id={user.id} name={user.nickname} about={`@${user.username}`} />
                  <span class="person-actions">
                    <button
                      type="button"
                      class="button button-small"
                      onClick={() => act(() => client.groups.answer(id, user.id, "accept"))}
                    >
                      {t("accept")}
                    </button>
                    <button
                      type="button"
                      class="button button-small button-quiet"
                      onClick={() => act(() => client.groups.answer(id, user.id, "reject"))}
                    >
                      {t("decline")}
                    </button>
                  </span>
                </li>
              ))}
            </ul>
          </section>
        )}
        <section class="people-section">
          <div class="section-head">
            <h2>
              {t("members")} <span>{group.member_count}</span>
            </h2>
            {leads && (
              <>
                <button type="button" class="button button-small button-quiet" onClick={() => setOpen("add")}>
                  <Icon name="userPlus" size={16} /> {t("add members")}
                </button>
                {group.join !== "invite" && (
                  <button type="button" class="button button-small button-quiet" onClick={() => setOpen("invite")}>
                    <Icon name="link" size={16} /> {t("invite link")}
                  </button>
                )}
              </>
            )}
          </div>
          {inside.members === null && <p class="quiet person">{t("loading")}</p>}
          <ul class="people">
            {inside.members?.map((one) => (
              <Member key={one.user.id} group={group} one={one} act={act} />
            ))}
          </ul>
        </section>
        {bans.length > 0 && (
          <section class="people-section">
            <h2>
              {t("banned")} <span>{bans.length}</span>
            </h2>
            <ul class="people">
              {bans.map(({ user, banned_by }) => (
                <li key={user.id} class="person">
                  <Who id={user.id} name={user.nickname} about={t("banned by", nameOf(banned_by))} />
                  <button
                    type="button"
                    class="button button-small button-quiet"
                    onClick={() => act(() => client.groups.ban(id, user.id, false))}
                  >
                    {t("unban")}
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
        <Leaving group={group} />
      </div>
      {open === "invite" && (
        <InviteDialog
          make={(wishes) => client.groups.link(id, wishes)}
          end={(code) => client.groups.unlink(id, code)}
          here={new Set()}
          onClose={() => setOpen(null)}
        />
      )}
      {open === "add" && (
        <PickPeople
          title={t("add members")}
          without={new Set(inside.members?.map((one) => one.user.id))}
          onClose={() => setOpen(null)}
          done={(userIds) => act(() => client.groups.add(id, userIds))}
        />
      )}
      {open === "edit" && <EditGroup group={group} onClose={() => setOpen(null)} />}
    </div>
  );
}

function Who({ id, name, about }: { id: string; name: string; about: string }) {
  return (
    <button type="button" class="plain person-who" onClick={() => openProfile(id)}>
      <UserAvatar id={id} size={40} />
      <span>
        <bdi class="person-name">{tameName(name)}</bdi>
        <span class="person-about">{about}</span>
      </span>
    </button>
  );
}

function Member({
  group,
  one,
  act,
}: {
  group: GroupInfo;
  one: GroupMember;
  act: (work: () => Promise<unknown>) => void;
}) {
  const { id } = group;
  const { user } = one;
  const name = nameOf(user.id);
  const muted = one.muted_until !== null && new Date(one.muted_until).getTime() > Date.now();
  const role = one.role === "owner" ? t("group owner") : one.role === "admin" ? t("admin") : t("member");
  const mute = (hours: number) => () =>
    act(() =>
      client.groups.setMember(id, user.id, {
        muted_until: hours ? new Date(Date.now() + hours * 3_600_000).toISOString() : null,
      }),
    );
  const sure = (title: string, about: string, action: string, work: () => Promise<unknown>) => async () => {
    if (await confirm(title, about, action)) act(work);
  };
  const menu: MenuItem[] = [
    ...(group.my_role === "owner"
      ? [
          {
            label: one.role === "admin" ? t("unmake admin") : t("make admin"),
            icon: "crown" as const,
            run: () =>
              act(() => client.groups.setMember(id, user.id, { role: one.role === "admin" ? "member" : "admin" })),
          },
        ]
      : []),
    ...(muted
      ? [{ label: t("unmute"), icon: "bell" as const, run: mute(0) }]
      : [
          { label: t("mute for", t("hours", 1)), icon: "mute" as const, run: mute(1) },
          { label: t("mute for", t("hours", 24)), icon: "mute" as const, run: mute(24) },
        ]),
    ...(group.my_role === "owner"
      ? [
          {
            label: t("transfer"),
            icon: "crown" as const,
            danger: true,
            run: sure(t("transfer to", name), t("transfer about"), t("transfer"), () =>
              client.groups.transfer(id, user.id),
            ),
          },
        ]
      : []),
    {
      label: t("kick"),
      icon: "close",
      danger: true,
      run: sure(t("kick person", name), t("group kick about"), t("kick"), () => client.groups.remove(id, user.id)),
    },
    {
      label: t("ban"),
      icon: "block",
      danger: true,
      run: sure(t("ban person", name), t("ban about"), t("ban"), () => client.groups.ban(id, user.id)),
    },
  ];
  const above = ranks[group.my_role] > ranks[one.role] && user.id !== me.value?.id;
  return (
    <li class="person member">
      <Who
        id={user.id}
        name={user.nickname || user.username}
        about={one.muted_until && muted ? `${role} · ${t("muted until", exact(one.muted_until))}` : role}
      />
      {one.role !== "member" && <Icon name="crown" size={16} />}
      {above && (
        <IconButton icon="more" label={`${t("more")}: ${name}`} onClick={(event) => openMenu(event, name, menu)} />
      )}
    </li>
  );
}

function Leaving({ group }: { group: GroupInfo }) {
  const owns = group.my_role === "owner";
  return (
    <section class="danger-zone is-row">
      <button
        type="button"
        class="button button-danger-quiet"
        onClick={async () => {
          if (!(await confirm(t("leave group"), owns ? t("leave group owner about") : t("leave group about")))) return;
          if (await attempt(() => client.groups.leave(group.id).then(() => true), explain)) navigate("/");
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
            if (await attempt(() => client.groups.dissolve(group.id).then(() => true), explain)) navigate("/");
          }}
        >
          {t("dissolve")}
        </button>
      )}
    </section>
  );
}
