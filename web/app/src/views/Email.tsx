import { NetherLinkError } from "@netherlink/client";
import { useEffect, useState } from "preact/hooks";
import { explain, t } from "../i18n/index.ts";
import { navigate } from "../lib/router.ts";
import { client, config, me, offered, toast } from "../state/app.ts";
import { Field, PasswordInput } from "../ui/parts.tsx";
import { Door } from "./Door.tsx";

const asError = (failure: unknown) =>
  failure instanceof NetherLinkError ? failure : new NetherLinkError("unknown", String(failure));

/** The code stands behind the # of a mailed link, which no server sees; nor is it left in the history. */
function useMailedCode(): [string, (code: string) => void] {
  const [code, setCode] = useState("");
  useEffect(() => {
    const take = () => {
      const mailed = location.hash.slice(1);
      if (!mailed) return;
      setCode(mailed);
      history.replaceState(null, "", location.pathname);
    };
    take();
    addEventListener("hashchange", take);
    return () => removeEventListener("hashchange", take);
  }, []);
  return [code, setCode];
}

/** Work that a form asks for, one at a time, and what came of it. */
function useWork(): [boolean, NetherLinkError | null, (work: () => Promise<void>) => (event: Event) => void] {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<NetherLinkError | null>(null);
  const submit = (work: () => Promise<void>) => async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (failure) {
      setError(asError(failure));
    }
    setBusy(false);
  };
  return [busy, error, submit];
}

const Problem = ({ error }: { error: NetherLinkError | null }) =>
  error && (
    <p class="notice notice-error" role="alert">
      {explain(error)}
    </p>
  );

const BackToSignIn = () => (
  <p class="door-other">
    <a href={me.value ? "/" : "/sign-in"}>{me.value ? t("go home") : t("back to sign in")}</a>
  </p>
);

/** A server that sends no mail cannot help. */
function NoMail() {
  return (
    <Door onSubmit={(event) => event.preventDefault()}>
      <h1>{t("no mail")}</h1>
      <p>{t("no mail about")}</p>
      <BackToSignIn />
    </Door>
  );
}

const mailless = () => config.value !== null && !offered("email");

function CodeField({ code, onCode, error }: { code: string; onCode: (code: string) => void; error?: string }) {
  return (
    <Field label={t("code")} hint={t("code hint")} error={error}>
      {(props) => (
        <input
          {...props}
          name="code"
          class="code-input"
          autocomplete="one-time-code"
          autocapitalize="characters"
          spellcheck={false}
          value={code}
          onInput={(event) => onCode(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function ForgottenPassword() {
  const [address, setAddress] = useState("");
  const [sent, setSent] = useState(false);
  const [busy, error, submit] = useWork();
  if (mailless()) return <NoMail />;
  if (sent)
    return (
      <Door onSubmit={(event) => event.preventDefault()}>
        <h1>{t("code sent")}</h1>
        <p role="status">{t("code sent about", address.trim())}</p>
        <a class="button button-large" href="/reset-password">
          {t("have code")}
        </a>
        <BackToSignIn />
      </Door>
    );
  return (
    <Door
      onSubmit={submit(async () => {
        await client.requestPasswordReset(address.trim());
        setSent(true);
      })}
    >
      <h1>{t("forgotten password")}</h1>
      <p>{t("forgotten about")}</p>
      <Field label={t("email")} error={error?.fields[0]?.message}>
        {(props) => (
          <input
            {...props}
            name="email"
            type="email"
            autocomplete="email"
            value={address}
            onInput={(event) => setAddress(event.currentTarget.value)}
          />
        )}
      </Field>
      <Problem error={error && error.fields.length === 0 ? error : null} />
      <button type="submit" class="button button-large" disabled={busy || !address.trim()}>
        {t("send code")}
      </button>
      <p class="door-other">
        <a href="/reset-password">{t("have code")}</a>
      </p>
      <BackToSignIn />
    </Door>
  );
}

export function ResetPassword() {
  const [code, setCode] = useMailedCode();
  const [password, setPassword] = useState("");
  const [busy, error, submit] = useWork();
  if (mailless()) return <NoMail />;
  const weak = error?.code === "auth.weak_password" ? explain(error) : undefined;
  const wrong = error?.code === "email.code_invalid" ? explain(error) : undefined;
  return (
    <Door
      onSubmit={submit(async () => {
        await client.resetPassword(code, password);
        client.http.end("session.none");
        navigate("/sign-in", true);
        toast(t("password set"));
      })}
    >
      <h1>{t("set password")}</h1>
      <p>{t("set password about")}</p>
      <CodeField code={code} onCode={setCode} {...(wrong ? { error: wrong } : {})} />
      <Field
        label={t("new password")}
        hint={t("password hint", config.value?.limits.password_min_length ?? 8)}
        error={weak}
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
      <Problem error={weak || wrong ? null : error} />
      <button type="submit" class="button button-large" disabled={busy || !code.trim() || !password}>
        {t("set password")}
      </button>
      <BackToSignIn />
    </Door>
  );
}

/** Asks before it confirms: programs that look at links in mails must not. */
export function VerifyEmail() {
  const [code, setCode] = useMailedCode();
  const [done, setDone] = useState(false);
  const [busy, error, submit] = useWork();
  if (mailless()) return <NoMail />;
  if (done)
    return (
      <Door onSubmit={(event) => event.preventDefault()}>
        <h1>{t("email confirmed")}</h1>
        <p role="status">{t("email confirmed about")}</p>
        <a class="button button-large" href={me.value ? "/" : "/sign-in"}>
          {t("go on")}
        </a>
      </Door>
    );
  const wrong = error?.code === "email.code_invalid" ? explain(error) : undefined;
  return (
    <Door
      onSubmit={submit(async () => {
        await client.verifyEmail(code);
        setDone(true);
        // It may be somebody else's who is signed in here: then nothing changes.
        if (me.peek()) await client.refreshUser().catch(() => undefined);
      })}
    >
      <h1>{t("confirm email")}</h1>
      <p>{t("confirm email about")}</p>
      <CodeField code={code} onCode={setCode} {...(wrong ? { error: wrong } : {})} />
      <Problem error={wrong ? null : error} />
      <button type="submit" class="button button-large" disabled={busy || !code.trim()}>
        {t("confirm email")}
      </button>
      <BackToSignIn />
    </Door>
  );
}
