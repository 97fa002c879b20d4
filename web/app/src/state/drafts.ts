import { signal } from "@preact/signals";

const key = "netherlink.drafts";

function kept(): Map<string, string> {
  try {
    return new Map(Object.entries(JSON.parse(localStorage.getItem(key) ?? "{}") as Record<string, string>));
  } catch {
    return new Map();
  }
}

/** What was written and not sent, by conversation. */
export const drafts = signal<ReadonlyMap<string, string>>(kept());

export function saveDraft(id: string, text: string): void {
  if ((drafts.peek().get(id) ?? "") === text) return;
  const next = new Map(drafts.peek());
  if (text.trim()) next.set(id, text);
  else next.delete(id);
  drafts.value = next;
  try {
    localStorage.setItem(key, JSON.stringify(Object.fromEntries(next)));
  } catch {
    // It holds until the page is closed.
  }
}

export function forgetDrafts(): void {
  drafts.value = new Map();
  localStorage.removeItem(key);
}
