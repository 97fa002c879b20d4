// Files that are about to be sent, and pictures of one's own that need not be fetched to be seen.
import { signal } from "@preact/signals";
import { bytes, t } from "../i18n/index.ts";
import { isPicture, measure, refusal, sendableName } from "../lib/files.ts";
import { client, config, me, offered, toast } from "./app.ts";

export interface Picked {
  id: number;
  file: File;
  name: string;
  /** Of a picture: an address in this page, and its size. */
  url?: string;
  width?: number;
  height?: number;
}

const mostAtOnce = 20;
const mostKept = 60;
let count = 0;

/** By conversation. */
export const picked = signal<ReadonlyMap<string, readonly Picked[]>>(new Map());

const put = (conversation: string, files: readonly Picked[]) => {
  const all = new Map(picked.peek());
  if (files.length > 0) all.set(conversation, files);
  else all.delete(conversation);
  picked.value = all;
};

/** May files be sent here, by this person? */
export const takesFiles = (): boolean => offered("attachments") && me.value?.guest !== true;

/** Puts files beside what is being written. Tells of those that the server would refuse. */
export async function pick(conversation: string, files: Iterable<File>): Promise<void> {
  if (!takesFiles()) {
    toast(t(me.peek()?.guest ? "error auth.guest" : "error attachment.disabled"), "error");
    return;
  }
  const limits = config.peek()?.limits;
  for (const file of files) {
    const name = sendableName(file.name, limits?.attachment_name_bytes);
    const why = refusal(file, config.peek());
    if ((picked.peek().get(conversation)?.length ?? 0) >= mostAtOnce) {
      toast(t("too many files", mostAtOnce), "error");
      return;
    }
    if (why === "empty") toast(t("file empty", name), "error");
    else if (why === "large") toast(t("file too large", name, bytes(limits?.attachment_bytes ?? 0)), "error");
    else if (why === "type") toast(t("file refused", name), "error");
    if (why) continue;
    count += 1;
    const one: Picked = { id: count, file, name };
    if (isPicture(file.type)) {
      const url = URL.createObjectURL(file);
      const size = await measure(url);
      if (size) Object.assign(one, { url, ...size });
      else URL.revokeObjectURL(url);
    }
    put(conversation, [...(picked.peek().get(conversation) ?? []), one]);
  }
}

export function unpick(conversation: string, one: Picked): void {
  if (one.url) URL.revokeObjectURL(one.url);
  put(
    conversation,
    (picked.peek().get(conversation) ?? []).filter(({ id }) => id !== one.id),
  );
}

/** Takes what was picked, to send it. */
export function takePicked(conversation: string): readonly Picked[] {
  const files = picked.peek().get(conversation) ?? [];
  put(conversation, []);
  return files;
}

// --- What one sent oneself

const own = new Map<string, string>();

/** A picture that is in this page: shown from here while it is sent, and after it was, so that nothing flickers. */
export const ownPicture = (clientMsgId: string): string | undefined => own.get(clientMsgId);

export function keepPicture(clientMsgId: string, url: string): string {
  own.set(clientMsgId, url);
  const oldest = own.size > mostKept ? own.keys().next().value : undefined;
  if (oldest !== undefined) {
    URL.revokeObjectURL(own.get(oldest) as string);
    own.delete(oldest);
  }
  return url;
}

client.on("session", ({ user }) => {
  if (user) return;
  for (const url of own.values()) URL.revokeObjectURL(url);
  own.clear();
  for (const files of picked.peek().values()) for (const one of files) if (one.url) URL.revokeObjectURL(one.url);
  picked.value = new Map();
});
