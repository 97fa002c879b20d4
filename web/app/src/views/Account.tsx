import type { NetherLinkError } from "@netherlink/client";
import { useState } from "preact/hooks";
import { explain, t } from "../i18n/index.ts";
import { client, config, me, offered, toast } from "../state/app.ts";
import { Dialog, Failure, Field, PasswordInput, UserAvatar } from "../ui/parts.tsx";
import { EmailSettings } from "./EmailSettings.tsx";

export function Profile() {
  const user = me.value;
  const [nickname, setNickname] = useState(user?.nickname ?? "");
  const [bio, setBio] = useState(user?.bio ?? "");
  const [picture, setPicture] = useState(user?.avatar_url ?? "");
  const [error, setError] = useState<NetherLinkError | null>(null);
  if (!user) return <p />;
  const wrong = (field: string) => error?.fields.find((one) => one.field === field)?.message;
  const changed = nickname !== user.nickname || bio !== user.bio || picture !== user.avatar_url;
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        setError(null);
        try {
          await client.updateProfile({ nickname, bio, avatar_url: picture });
          toast(t("saved"));
        } catch (failure) {
          setError(failure as NetherLinkError);
        }
      }}
    >
      <div class="settings-me">
        <UserAvatar id={user.id} size={72} />
        <div>
          <strong>
            <bdi>{user.nickname}</bdi>
          </strong>
          <span>{user.guest ? t("guest") : `@${user.username}`}</span>
        </div>
        {user.guest && (
          <a class="button button-small" href="/settings/account">
            {t("upgrade")}
          </a>
        )}
      </div>
      <Field label={t("nickname")} error={wrong("nickname")}>
        {(props) => <input {...props} value={nickname} onInput={(event) => setNickname(event.currentTarget.value)} />}
      </Field>
      <Field label={t("bio")} error={wrong("bio")}>
        {(props) => <textarea {...props} rows={3} value={bio} onInput={(event) => setBio(event.currentTarget.value)} />}
      </Field>
      <Field label={t("avatar url")} error={wrong("avatar_url")}>
        {(props) => (
          <input
            {...props}
            type="url"
            placeholder="https://"
            value={picture}
            onInput={(event) => setPicture(event.currentTarget.value)}
          />
        )}
      </Field>
      <Failure error={error} />
      <button type="submit" class="button" disabled={!changed || !nickname.trim()}>
        {t("save")}
      </button>
    </form>
  );
}

/** A guest becomes an account, and keeps everything: friends are for accounts, and guests are forgotten one day. */
function Upgrade() {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [email, setEmail] = useState("");
  const [error, setError] = useState<NetherLinkError | null>(null);
  const wrong = (field: string) => error?.fields.find((one) => one.field === field)?.message;
  const taken = error?.code === "user.name_taken" ? explain(error) : undefined;
  const weak = error?.code === "auth.weak_password" ? explain(error) : undefined;
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        setError(null);
        try {
          await client.upgrade({ username, password, ...(email.trim() ? { email: email.trim() } : {}) });
          toast(t("upgraded"));
        } catch (failure) {
          setError(failure as NetherLinkError);
        }
      }}
    >
      <h3>{t("upgrade")}</h3>
      <p class="quiet">{t("upgrade about")}</p>
      <Field label={t("username")} hint={t("username hint")} error={taken ?? wrong("username")}>
        {(props) => (
          <input
            {...props}
            name="username"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            value={username}
            onInput={(event) => setUsername(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field
        label={t("password")}
        hint={t("password hint", config.value?.limits.password_min_length ?? 8)}
        error={weak ?? wrong("password")}
      >
        {(props) => (
          <PasswordInput
            {...props}
            name="password"
            autocomplete="new-password"
            value={password}
            onValue={setPassword}
          />
        )}
      </Field>
      <Field label={`${t("email")} (${t("optional")})`} error={wrong("email")}>
        {(props) => (
          <input
            {...props}
            type="email"
            autocomplete="email"
            value={email}
            onInput={(event) => setEmail(event.currentTarget.value)}
          />
        )}
      </Field>
      <Failure error={taken || weak ? null : error} />
      <button type="submit" class="button" disabled={!username || !password}>
        {t("upgrade")}
      </button>
    </form>
  );
}

export function Account() {
  return me.value?.guest ? <Upgrade /> : <Owned />;
}

function Owned() {
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [leaving, setLeaving] = useState(false);
  return (
    <>
      <form
        onSubmit={async (event) => {
          event.preventDefault();
          setError(null);
          try {
            await client.call("PUT", "/users/me/password", { body: { old_password: old, new_password: next } });
            setOld("");
            setNext("");
            toast(t("password changed"));
          } catch (failure) {
            setError(explain(failure));
          }
        }}
      >
        <h3>{t("change password")}</h3>
        <input
          type="text"
          class="sr-only"
          aria-hidden="true"
          tabIndex={-1}
          autocomplete="username"
          value={me.value?.username ?? ""}
          readOnly
        />
        <Field label={t("old password")}>
          {(props) => <PasswordInput {...props} autocomplete="current-password" value={old} onValue={setOld} />}
        </Field>
        <Field label={t("new password")} hint={t("password hint", config.value?.limits.password_min_length ?? 8)}>
          {(props) => <PasswordInput {...props} autocomplete="new-password" value={next} onValue={setNext} />}
        </Field>
        <Failure error={error} />
        <button type="submit" class="button" disabled={!old || !next}>
          {t("change password")}
        </button>
      </form>
      {offered("email") && <EmailSettings />}
      <section class="danger-zone">
        <h3>{t("delete account")}</h3>
        <p class="quiet">{t("delete account about")}</p>
        <button type="button" class="button button-danger-quiet" onClick={() => setLeaving(true)}>
          {t("delete account")}
        </button>
      </section>
      {leaving && <Leaving onClose={() => setLeaving(false)} />}
    </>
  );
}

function Leaving({ onClose }: { onClose: () => void }) {
  const [password, setPassword] = useState("");
  const [error, setError] = useState<string | undefined>();
  return (
    <Dialog title={t("delete account")} onClose={onClose}>
      <form
        onSubmit={async (event) => {
          event.preventDefault();
          try {
            await client.call("DELETE", "/users/me", { body: { password } });
            client.http.end("session.none");
          } catch (failure) {
            setError(explain(failure));
          }
        }}
      >
        <p class="dialog-text">{t("delete account about")}</p>
        <Field label={t("password")} error={error}>
          {(props) => (
            <PasswordInput {...props} autocomplete="current-password" value={password} onValue={setPassword} />
          )}
        </Field>
        <footer class="dialog-foot">
          <button type="button" class="button button-quiet" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class="button button-danger" disabled={!password}>
            {t("delete account confirm")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
