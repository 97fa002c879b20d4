import type { DeviceSession, Preferences } from "@netherlink/client";
import { useEffect, useState } from "preact/hooks";
import { ago, choose, explain, type Locale, locale, t } from "../i18n/index.ts";
import { navigate } from "../lib/router.ts";
import { attempt, client, config, me } from "../state/app.ts";
import { install, installable } from "../state/install.ts";
import { desktopNotifications, enableNotifications } from "../state/notify.ts";
import { setTheme, type Theme, theme } from "../state/theme.ts";
import { Icon, type IconName } from "../ui/icons.tsx";
import { confirm } from "../ui/overlays.tsx";
import { Field } from "../ui/parts.tsx";
import { Account, Profile } from "./Account.tsx";
import { openShortcuts } from "./Switcher.tsx";

const sections: { id: string; icon: IconName; title: () => string; view: () => preact.JSX.Element }[] = [
  { id: "profile", icon: "user", title: () => t("profile"), view: Profile },
  { id: "account", icon: "lock", title: () => t("account"), view: Account },
  { id: "appearance", icon: "sun", title: () => t("appearance"), view: Appearance },
  { id: "notifications", icon: "bell", title: () => t("notifications"), view: Notifications },
  { id: "privacy", icon: "eye", title: () => t("privacy"), view: Privacy },
  { id: "sessions", icon: "device", title: () => t("sessions"), view: Sessions },
  { id: "about", icon: "info", title: () => t("about"), view: About },
];

async function signOut(): Promise<void> {
  // Nobody can sign in as a guest again.
  if (me.peek()?.guest && !(await confirm(t("guest out"), t("guest out about"), t("sign out")))) return;
  await client.logout();
}

export function Settings({ section }: { section: string }) {
  const current = sections.find((one) => one.id === section) ?? sections[0];
  const View = current?.view ?? Profile;
  return (
    <div class={section ? "page settings is-inside" : "page settings"}>
      <nav class="settings-nav" aria-label={t("settings")}>
        <header class="pane-head">
          <h1>{t("settings")}</h1>
        </header>
        <ul>
          {sections.map((one) => (
            <li key={one.id}>
              <a
                href={`/settings/${one.id}`}
                class={one === current ? "is-current" : ""}
                aria-current={one === current ? "page" : undefined}
              >
                <Icon name={one.icon} size={18} /> {one.title()}
              </a>
            </li>
          ))}
          <li class="settings-out">
            <button type="button" class="plain" onClick={() => void signOut()}>
              <Icon name="exit" size={18} /> {t("sign out")}
            </button>
          </li>
        </ul>
      </nav>
      <section class="settings-body" key={current?.id}>
        <header class="page-head">
          <a class="icon-button only-phone" href="/settings" aria-label={t("back")}>
            ‹
          </a>
          <h2>{current?.title()}</h2>
        </header>
        <div class="settings-form">
          <View />
        </div>
      </section>
    </div>
  );
}

function Choices<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: [T, string][];
  onChange: (value: T) => void;
}) {
  return (
    <fieldset class="choices">
      <legend>{label}</legend>
      <div>
        {options.map(([one, text]) => (
          <label key={one} class={one === value ? "is-chosen" : ""}>
            <input type="radio" name={label} checked={one === value} onChange={() => onChange(one)} />
            {text}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Appearance() {
  return (
    <>
      <Choices<Theme>
        label={t("theme")}
        value={theme.value}
        options={[
          ["system", t("system")],
          ["light", t("light")],
          ["dark", t("dark")],
        ]}
        onChange={setTheme}
      />
      <Choices<Locale>
        label={t("language")}
        value={locale.value}
        options={[
          ["en", "English"],
          ["zh-CN", "简体中文"],
        ]}
        onChange={choose}
      />
    </>
  );
}

function Switch({
  label,
  about,
  checked,
  onChange,
}: {
  label: string;
  about: string;
  checked: boolean;
  onChange: (on: boolean) => void;
}) {
  return (
    <label class="switch">
      <span>
        <strong>{label}</strong>
        <small>{about}</small>
      </span>
      <input
        type="checkbox"
        role="switch"
        checked={checked}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    </label>
  );
}

function usePreferences(): [Preferences | null, (change: Partial<Preferences>) => void] {
  const [all, setAll] = useState<Preferences | null>(null);
  useEffect(() => {
    void attempt(() => client.call<Preferences>("GET", "/users/me/preferences"), explain).then(
      (found) => found && setAll(found),
    );
  }, []);
  const change = (what: Partial<Preferences>) => {
    const before = all;
    if (all) setAll({ ...all, ...what });
    void attempt(() => client.call<Preferences>("PATCH", "/users/me/preferences", { body: what }), explain).then(
      (now) => setAll(now ?? before),
    );
  };
  return [all, change];
}

function Notifications() {
  const [all, change] = usePreferences();
  if (!all) return <p class="quiet">{t("loading")}</p>;
  const quiet = all.dnd;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  return (
    <>
      <Choices
        label={t("notify about")}
        value={all.notifications}
        options={[
          ["all", t("notify all")],
          ["mentions", t("notify mentions")],
          ["none", t("notify none")],
        ]}
        onChange={(notifications) => change({ notifications })}
      />
      <div class="switch">
        <span>
          <strong>{t("desktop notifications")}</strong>
          <small>
            {desktopNotifications.value === "denied" ? t("notifications denied") : t("desktop notifications about")}
          </small>
        </span>
        {desktopNotifications.value === "granted" ? (
          <span class="tag">{t("turned on")}</span>
        ) : (
          <button
            type="button"
            class="button button-small button-quiet"
            disabled={desktopNotifications.value === "denied"}
            onClick={() => void enableNotifications()}
          >
            {t("turn on")}
          </button>
        )}
      </div>
      <Switch
        label={t("quiet hours")}
        about={t("quiet hours about")}
        checked={quiet !== null}
        onChange={(on) => change({ dnd: on ? { from: "22:00", to: "08:00", timezone: zone } : null })}
      />
      {quiet && (
        <div class="hours">
          <Field label={t("from")}>
            {(props) => (
              <input
                {...props}
                type="time"
                value={quiet.from}
                onChange={(event) =>
                  event.currentTarget.value && change({ dnd: { ...quiet, from: event.currentTarget.value } })
                }
              />
            )}
          </Field>
          <Field label={t("to")}>
            {(props) => (
              <input
                {...props}
                type="time"
                value={quiet.to}
                onChange={(event) =>
                  event.currentTarget.value && change({ dnd: { ...quiet, to: event.currentTarget.value } })
                }
              />
            )}
          </Field>
          <p class="quiet">{quiet.timezone}</p>
        </div>
      )}
    </>
  );
}

function Privacy() {
  const [all, change] = usePreferences();
  if (!all) return <p class="quiet">{t("loading")}</p>;
  return (
    <>
      <Choices
        label={t("messages from")}
        value={all.direct_messages_from}
        options={[
          ["everyone", t("from everyone")],
          ["friends", t("from friends")],
        ]}
        onChange={(direct_messages_from) => change({ direct_messages_from })}
      />
      <Switch
        label={t("show presence")}
        about={t("show presence about")}
        checked={all.show_presence}
        onChange={(show_presence) => change({ show_presence })}
      />
    </>
  );
}

function Sessions() {
  const [all, setAll] = useState<DeviceSession[] | null>(null);
  const load = () =>
    void attempt(() => client.all<DeviceSession>("/users/me/sessions"), explain).then(
      (found) => found && setAll(found),
    );
  useEffect(load, []);
  if (!all) return <p class="quiet">{t("loading")}</p>;
  return (
    <ul class="devices">
      {all.map((one) => (
        <li key={one.id}>
          <Icon name="device" />
          <span>
            <bdi class="person-name">{one.device.name || t("unknown device")}</bdi>
            <span class="person-about">{one.current ? t("this device") : t("last active", ago(one.last_seen_at))}</span>
          </span>
          {!one.current && (
            <button
              type="button"
              class="button button-small button-quiet"
              onClick={async () => {
                if (!(await confirm(t("sign out device"), one.device.name || t("unknown device")))) return;
                await attempt(() => client.call("DELETE", `/users/me/sessions/${one.id}`), explain);
                load();
              }}
            >
              {t("sign out device")}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function About() {
  return (
    <div class="about">
      <p>{t("server version", config.value?.version ?? "…")}</p>
      <p>
        <a href="/openapi.yaml" target="_blank" rel="noopener">
          {t("api reference")}
        </a>
      </p>
      <p>
        <a href="/asyncapi.yaml" target="_blank" rel="noopener">
          {t("socket reference")}
        </a>
      </p>
      <button type="button" class="button button-quiet" onClick={openShortcuts}>
        <Icon name="keyboard" size={18} /> {t("shortcuts")}
      </button>
      {installable() && (
        <div class="switch">
          <span>
            <strong>{t("install")}</strong>
            <small>{t("install about")}</small>
          </span>
          <button type="button" class="button button-small" onClick={() => void install()}>
            <Icon name="download" size={18} /> {t("install")}
          </button>
        </div>
      )}
    </div>
  );
}

export const openSettings = () => navigate("/settings");
