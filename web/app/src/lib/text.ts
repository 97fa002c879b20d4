// Text of strangers: it must not leave its place, whatever is in it.

const direction = /[\u202A-\u202E\u2066-\u2069\u200E\u200F\u061C]/g;
const piles = /(\p{M}{4})\p{M}+/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const control = /[\u0000-\u0008\u000B-\u001F\u007F\uFFF9-\uFFFB]/g;

/** Without direction overrides, control characters and piles of combining marks. */
export const tame = (text: string): string => text.replace(direction, "").replace(piles, "$1").replace(control, "");

/** A name on one line. */
export const tameName = (text: string): string => tame(text).replace(/\s+/g, " ").trim() || "\u2026";

export function initials(name: string): string {
  const letters = [...tameName(name)].filter((c) => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(c));
  return (letters[0] ?? "?").toUpperCase();
}

/** One of the twelve colours of avatars, always the same for one id. */
export function hueOf(id: string): number {
  // FNV-1a: ids of one moment differ in a few digits only.
  let sum = 0x811c9dc5;
  for (const c of id) sum = Math.imul(sum ^ c.charCodeAt(0), 0x01000193);
  return ((sum ^ (sum >>> 15)) >>> 0) % 12;
}

const encoder = new TextEncoder();
export const bytesOf = (text: string): number => encoder.encode(text).length;

/** A message that is nothing but a few emoji is drawn large. */
export const onlyEmoji = (text: string): boolean =>
  text.length <= 24 &&
  /^(?:\p{Extended_Pictographic}|\p{Emoji_Component}|\u200d|\ufe0f|\s)+$/u.test(text) &&
  /\p{Extended_Pictographic}/u.test(text);
