import type { Message, Receipts } from "@netherlink/client";
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { explain, t } from "../i18n/index.ts";
import { client, nameOf } from "../state/app.ts";
import { Dialog, Failure, More, UserAvatar } from "../ui/parts.tsx";
import { openProfile } from "./Profile.tsx";

const shown = signal<Message | null>(null);

/** Who has read a message, and whom it has only reached. */
export const openReadBy = (message: Message): void => {
  shown.value = message;
};

export function ReadByHost() {
  return shown.value ? <ReadBy key={shown.value.message_id} message={shown.value} /> : null;
}

function ReadBy({ message }: { message: Message }) {
  const [found, setFound] = useState<Receipts | null>(null);
  const [error, setError] = useState<string | null>(null);
  const load = (cursor?: string) => {
    const query = { limit: 100, ...(cursor ? { cursor } : {}) };
    client.call<Receipts>("GET", `/chat/messages/${message.message_id}/receipts`, { query }).then(
      (page) => setFound((before) => (before && cursor ? { ...page, items: [...before.items, ...page.items] } : page)),
      (failure) => setError(explain(failure)),
    );
  };
  useEffect(() => load(), []);
  const close = () => {
    shown.value = null;
  };
  const part = (state: "read" | "delivered", title: string) => {
    const people = found?.items.filter((one) => one.state === state) ?? [];
    if (people.length === 0) return null;
    return (
      <section class="people-section">
        <h3>{title}</h3>
        <ul class="read-by">
          {people.map(({ user_id }) => (
            <li key={user_id}>
              <button
                type="button"
                class="plain"
                onClick={() => {
                  close();
                  openProfile(user_id);
                }}
              >
                <UserAvatar id={user_id} size={32} />
                <bdi>{nameOf(user_id)}</bdi>
              </button>
            </li>
          ))}
        </ul>
      </section>
    );
  };
  const next = found?.next_cursor;
  return (
    <Dialog title={t("seen by")} onClose={close}>
      <Failure error={error} />
      {!found && !error && <p class="quiet">{t("loading")}</p>}
      {found && found.delivered_count === 0 && <p class="quiet">{t("seen by nobody")}</p>}
      {found && part("read", t("have read", found.read_count))}
      {found && part("delivered", t("have got", found.delivered_count - found.read_count))}
      <More onClick={next ? () => load(next) : null} />
    </Dialog>
  );
}
