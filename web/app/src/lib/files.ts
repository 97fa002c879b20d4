// What is to be known of files before they are sent, and to show them.
import type { ClientConfig } from "@netherlink/client";
import { bytesOf, tameName } from "./text.ts";

/** What browsers show and the server finds to be pictures. */
const pictures = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const widest = 360;
const tallest = 320;
const least = 72;

export const isPicture = (type: string): boolean => pictures.has(type);

const fits = (type: string, pattern: string): boolean =>
  pattern === type || (pattern.endsWith("/*") && type.startsWith(pattern.slice(0, -1)));

/** Why the server would not take it, as far as that is known before. */
export function refusal(
  { size, type }: { size: number; type: string },
  config: ClientConfig | null,
): "empty" | "large" | "type" | null {
  if (size === 0) return "empty";
  if (size > (config?.limits.attachment_bytes ?? Number.POSITIVE_INFINITY)) return "large";
  const { allowed = [], refused = [] } = config?.attachment_types ?? {};
  if (!type) return null;
  if (refused.some((one) => fits(type, one))) return "type";
  return allowed.length > 0 && !allowed.some((one) => fits(type, one)) ? "type" : null;
}

/** A name that the server takes: without folders and control characters, its middle left out if it is too long. */
export function sendableName(name: string, limit = 255): string {
  const plain = tameName(name.replace(/[/\\]/g, "_"));
  if (bytesOf(plain) <= limit) return plain;
  const letters = [...plain];
  const end = letters.slice(-24);
  let begin = letters.slice(0, -24);
  while (begin.length > 0 && bytesOf(begin.join("") + end.join("")) + 3 > limit) begin = begin.slice(0, -1);
  return `${begin.join("")}…${end.join("")}`;
}

/** What kind of file it is, in a few letters. */
export function typeOf(name: string, type: string): string {
  const end = /\.([\p{L}\p{N}]{1,5})$/u.exec(name)?.[1];
  return (end ?? type.split("/")[1]?.slice(0, 12) ?? "").toUpperCase();
}

/** The space of a picture in a conversation, in pixels: known before it is there, whatever a stranger says of its size. */
export function boxOf(width: unknown, height: unknown): { width: number; height: number } {
  const [w, h] = [Number(width), Number(height)];
  if (!(w >= 1 && h >= 1 && Number.isFinite(w * h))) return { width: 240, height: 160 };
  const scale = Math.min(1, widest / w, tallest / h);
  return { width: Math.round(Math.max(least, w * scale)), height: Math.round(Math.max(least, h * scale)) };
}

/** How large a picture is as it is shown; null if it is none. */
export function measure(url: string): Promise<{ width: number; height: number } | null> {
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve({ width: image.naturalWidth, height: image.naturalHeight });
    image.onerror = () => resolve(null);
    image.src = url;
  });
}
