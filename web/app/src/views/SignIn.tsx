import { NetherLinkError } from "@netherlink/client";
import { useState } from "preact/hooks";
import { explain, t } from "../i18n/index.ts";
import { client, config, endedBy, offered } from "../state/app.ts";
import { Field, PasswordInput } from "../ui/parts.tsx";
import { Door } from "./Door.tsx";

export function SignIn({ create }: { create: boolean }) {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [nickname, setNickname] = useState("");
  const [email, setEmail] = useState("");
  const [error, setError] = useState<NetherLinkError | null>(null);
  const [busy, setBusy] = useState(false);
  const least = config.value?.limits.password_min_length ?? 8;
  const wrong = (field: string) => error?.fields.find((one) => one.field === field)?.message;
  const nameTaken = error?.code === "user.name_taken" ? explain(error) : undefined;
  const weak = error?.code === "auth.weak_password" ? explain(error) : undefined;
  const rest = error && !nameTaken && !weak && error.fields.length === 0 ? explain(error) : null;

  async function submit(event: Event) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      if (create)
        await client.register({
          username,
          password,
          ...(nickname.trim() ? { nickname: nickname.trim() } : {}),
          ...(email.trim() ? { email: email.trim() } : {}),
        });
      else await client.login(username, password);
    } catch (failure) {
      setError(failure instanceof NetherLinkError ? failure : new NetherLinkError("unknown", ""));
      setBusy(false);
    }
  }

  return (
    <Door onSubmit={submit}>
      <h1>{create ? t("make account") : t("welcome back")}</h1>
      {endedBy.value && !create && (
        <p class="notice">{endedBy.value === "auth.session_revoked" ? t("signed out elsewhere") : t("signed out")}</p>
      )}
      <Field
        label={create ? t("username") : t("username or email")}
        hint={create ? t("username hint") : undefined}
        error={nameTaken ?? wrong("username")}
      >
        {(props) => (
          <input
            {...props}
            name="username"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
            value={username}
            onInput={(event) => setUsername(event.currentTarget.value)}
          />
        )}
      </Field>
      {create && (
        <Field label={`${t("nickname")} (${t("optional")})`} error={wrong("nickname")}>
          {(props) => (
            <input
              {...props}
              name="nickname"
              autocomplete="nickname"
              value={nickname}
              onInput={(event) => setNickname(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
      {create && offered("email") && (
        <Field label={`${t("email")} (${t("optional")})`} hint={t("email hint")} error={wrong("email")}>
          {(props) => (
            <input
              {...props}
              name="email"
              type="email"
              autocomplete="email"
              value={email}
              onInput={(event) => setEmail(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
      <Field
        label={t("password")}
        hint={create ? t("password hint", least) : undefined}
        error={weak ?? wrong("password")}
      >
        {(props) => (
          <PasswordInput
            {...props}
            name="password"
            required
            autocomplete={create ? "new-password" : "current-password"}
            value={password}
            onValue={setPassword}
          />
        )}
      </Field>
      {rest && (
        <p class="notice notice-error" role="alert">
          {rest}
        </p>
      )}
      <button type="submit" class="button button-large" disabled={busy || !username || !password}>
        {busy ? t("loading") : create ? t("sign up") : t("sign in")}
      </button>
      {!create && offered("email") && (
        <p class="door-other">
          <a href="/forgotten-password">{t("forgotten password")}</a>
        </p>
      )}
      <p class="door-other">
        {create ? t("have account") : t("new here")}{" "}
        <a href={create ? "/sign-in" : "/sign-up"}>{create ? t("sign in") : t("sign up")}</a>
      </p>
    </Door>
  );
}
