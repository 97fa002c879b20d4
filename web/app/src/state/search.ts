import { signal } from "@preact/signals";

/** Where to search: a conversation, or "" for all of them. Null while nobody searches. */
export const searching = signal<string | null>(null);

/** A message to be shown as soon as its conversation is. */
export const goal = signal<{ conversation: string; seq: number } | null>(null);
