import type { NetherLinkError } from "@netherlink/client";
import { useEffect, useState } from "preact/hooks";
import { explain, t } from "../i18n/index.ts";
import { attempt, client, me, toast } from "../state/app.ts";
import { Dialog, Field, PasswordInput } from "../ui/parts.tsx";

/** One's address: what it is, whether it is confirmed, and another one. */
export function EmailSettings() {
  const user = me.value;
  const [changing, setChanging] = useState(false);
  const [removing, setRemoving] = useState(false);
  // Confirmed elsewhere, perhaps: a mail is often read on another device.
  useEffect(() => {
    void client.refreshUser().catch(() => undefined);
  }, []);
  if (!user) return null;
  const waits = user.email_verified ? user.email_pending : user.email;
  return (
    <section class="email-settings">
      <h3>{t("email")}</h3>
      <p class="quiet">{t("email about")}</p>
      {!user.email && <p>{t("email none")}</p>}
      {user.email_verified && (
        <p class="email-line">
          <bdi>{user.email}</bdi> <span class="tag">{t("email is confirmed")}</span>
        </p>
      )}
      {waits && (
        <p class="email-line">
          <bdi>{waits}</bdi> <span class="tag">{t("email waits")}</span>
        </p>
      )}
      <div class="email-actions">
        {waits && (
          <>
            <a class="button button-small" href="/verify-email">
              {t("have code")}
            </a>
            <button
              type="button"
              class="button button-small button-quiet"
              onClick={() =>
                void attempt(async () => {
                  await client.requestEmailCode();
                  toast(t("mail sent"));
                }, explain)
              }
            >
              {t("send again")}
            </button>
          </>
        )}
        {!changing && (
          <button type="button" class="button button-small button-quiet" onClick={() => setChanging(true)}>
            {user.email ? t("change email") : t("add email")}
          </button>
        )}
        {user.email && (
          <button type="button" class="button button-small button-danger-quiet" onClick={() => setRemoving(true)}>
            {t("remove email")}
          </button>
        )}
      </div>
      {changing && <Changing onClose={() => setChanging(false)} />}
      {removing && <Removing onClose={() => setRemoving(false)} />}
    </section>
  );
}

function Changing({ onClose }: { onClose: () => void }) {
  const [address, setAddress] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<NetherLinkError | null>(null);
  const wrong = error?.fields.find((one) => one.field === "email")?.message;
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        setError(null);
        try {
          await client.changeEmail(address.trim(), password);
          toast(t("mail sent"));
          onClose();
        } catch (failure) {
          setError(failure as NetherLinkError);
        }
      }}
    >
      <Field label={t("new email")} error={wrong}>
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
      <Field label={t("password")}>
        {(props) => (
          <PasswordInput
            {...props}
            name="email-password"
            autocomplete="current-password"
            value={password}
            onValue={setPassword}
          />
        )}
      </Field>
      {error && !wrong && (
        <p class="notice notice-error" role="alert">
          {explain(error)}
        </p>
      )}
      <div class="email-actions">
        <button type="submit" class="button" disabled={!address.trim() || !password}>
          {t("send code")}
        </button>
        <button type="button" class="button button-quiet" onClick={onClose}>
          {t("cancel")}
        </button>
      </div>
    </form>
  );
}

function Removing({ onClose }: { onClose: () => void }) {
  const [password, setPassword] = useState("");
  const [error, setError] = useState<string | undefined>();
  return (
    <Dialog title={t("remove email")} onClose={onClose}>
      <form
        onSubmit={async (event) => {
          event.preventDefault();
          try {
            await client.removeEmail(password);
            onClose();
          } catch (failure) {
            setError(explain(failure));
          }
        }}
      >
        <p class="dialog-text">{t("remove email about")}</p>
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
            {t("remove email")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
