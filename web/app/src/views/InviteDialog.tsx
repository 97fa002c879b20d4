import type { Link, RoomLink } from "@netherlink/client";
import { useState } from "preact/hooks";
import { exact, explain, t } from "../i18n/index.ts";
import { attempt, friends, nameOf, presence, toast } from "../state/app.ts";
import { linkOf } from "../state/places.ts";
import { Icon } from "../ui/icons.tsx";
import { Copy } from "../ui/overlays.tsx";
import { Dialog, Field, UserAvatar } from "../ui/parts.tsx";

const terms = [
  { seconds: 3600, label: () => t("hours", 1) },
  { seconds: 86_400, label: () => t("hours", 24) },
  { seconds: 7 * 86_400, label: () => t("days", 7) },
  { seconds: 0, label: () => t("no end") },
];

type Make = (link: { expires_in?: number; max_uses?: number }) => Promise<Link | RoomLink>;

/** A link that anybody who has it can join by, and for a room the friends who could come. */
export function InviteDialog({
  make,
  end,
  invite,
  here,
  onClose,
}: {
  /** Absent for whoever may not make one. */
  make: Make | undefined;
  /** Ends the link again. */
  end?: (code: string) => Promise<void>;
  invite?: (userId: string) => Promise<void>;
  here: Set<string>;
  onClose: () => void;
}) {
  const [asked, setAsked] = useState<string[]>([]);
  const people = invite ? (friends.value ?? []).filter((one) => !here.has(one.user.id)) : [];
  const order = (id: string) => Number(presence.value.get(id)?.online ?? false);
  return (
    <Dialog title={t("invite")} onClose={onClose}>
      {make && <LinkMaker make={make} end={end} />}
      {invite && people.length === 0 && !make && <p class="dialog-text">{t("nobody to invite")}</p>}
      {people.length > 0 && invite && (
        <section>
          <h3 class="dialog-sub">{t("friends")}</h3>
          <ul class="people">
            {[...people]
              .sort((a, b) => order(b.user.id) - order(a.user.id))
              .map(({ user }) => (
                <li key={user.id} class="person">
                  <span class="person-who">
                    <UserAvatar id={user.id} size={36} showPresence />
                    <span>
                      <bdi class="person-name">{nameOf(user.id)}</bdi>
                      <span class="person-about">{presence.value.get(user.id)?.online ? t("online") : t("away")}</span>
                    </span>
                  </span>
                  <button
                    type="button"
                    class="button button-small button-quiet"
                    aria-label={`${t("invite")}: ${nameOf(user.id)}`}
                    disabled={asked.includes(user.id)}
                    onClick={() =>
                      void attempt(() => invite(user.id).then(() => true), explain).then(
                        (done) => done && setAsked([...asked, user.id]),
                      )
                    }
                  >
                    {asked.includes(user.id) ? t("sent") : t("invite")}
                  </button>
                </li>
              ))}
          </ul>
        </section>
      )}
    </Dialog>
  );
}

function LinkMaker({ make, end }: { make: Make; end: ((code: string) => Promise<void>) | undefined }) {
  const [link, setLink] = useState<Link | RoomLink | null>(null);
  const [term, setTerm] = useState(86_400);
  const [uses, setUses] = useState("");
  const most = Number(uses);
  return (
    <section class="invite-link">
      <h3 class="dialog-sub">{t("invite link")}</h3>
      {link ? (
        <>
          <Copy text={linkOf(link)} label={t("invite link")} wide />
          <p class="quiet small">
            {link.expires_at ? t("valid until", exact(link.expires_at)) : t("valid always")}
            {link.max_uses ? ` · ${t("people most", link.max_uses)}` : ""}{" "}
            {end && (
              <button
                type="button"
                class="link"
                onClick={() =>
                  void attempt(() => end(link.code).then(() => true), explain).then((done) => {
                    if (!done) return;
                    setLink(null);
                    toast(t("link ended"));
                  })
                }
              >
                {t("end link")}
              </button>
            )}
          </p>
        </>
      ) : (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void attempt(
              () => make({ ...(term ? { expires_in: term } : {}), ...(most > 0 ? { max_uses: most } : {}) }),
              explain,
            ).then((made) => made && setLink(made));
          }}
        >
          <div class="pair">
            <Field label={t("valid for")}>
              {(props) => (
                <select {...props} value={term} onChange={(event) => setTerm(Number(event.currentTarget.value))}>
                  {terms.map((one) => (
                    <option key={one.seconds} value={one.seconds}>
                      {one.label()}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <Field label={t("people limit")}>
              {(props) => (
                <input
                  {...props}
                  type="number"
                  min={1}
                  placeholder={t("any number")}
                  value={uses}
                  onInput={(event) => setUses(event.currentTarget.value)}
                />
              )}
            </Field>
          </div>
          <button type="submit" class="button button-quiet">
            <Icon name="link" size={18} /> {t("make link")}
          </button>
        </form>
      )}
    </section>
  );
}
