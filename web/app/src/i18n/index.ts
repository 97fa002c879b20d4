import { signal } from "@preact/signals";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

export type Words = typeof en;
export type Key = keyof Words;
export type Locale = "en" | "zh-CN";

const key = "netherlink.locale";

function initial(): Locale {
  try {
    const kept = localStorage.getItem(key);
    if (kept === "en" || kept === "zh-CN") return kept;
  } catch {
    // Storage may be forbidden.
  }
  const languages = navigator.languages ?? [navigator.language];
  for (const one of languages) {
    if (one.startsWith("zh")) return "zh-CN";
    if (one.startsWith("en")) return "en";
  }
  return "en";
}

export const locale = signal<Locale>(initial());

locale.subscribe((value) => {
  document.documentElement.lang = value;
});

export function choose(value: Locale): void {
  locale.value = value;
  try {
    localStorage.setItem(key, value);
  } catch {
    // It holds until the page is closed.
  }
}

const words: Record<Locale, Words> = { en, "zh-CN": zh };

type Filled<K extends Key> = Words[K] extends (...values: infer Values) => string ? Values : [];

/** The words for it in the language of the page. */
export function t<K extends Key>(name: K, ...values: Filled<K>): string {
  const word = words[locale.value][name] as string | ((...all: unknown[]) => string);
  return typeof word === "function" ? word(...values) : word;
}

/** What went wrong, for people: by the server's code. */
export function explain(error: unknown): string {
  const { code, retryAfterMs } = error as { code?: string; retryAfterMs?: number };
  const name = `error ${code}`;
  if (code === "request.rate_limited") return t("error request.rate_limited", Math.ceil((retryAfterMs ?? 1000) / 1000));
  return name in en ? t(name as "error unknown") : t("error unknown");
}

/** The language of the page, as it is spoken where the browser is: whether a day has twelve hours or twenty-four. */
const spoken = (): string =>
  (navigator.languages ?? []).find((one) => one.slice(0, 2) === locale.value.slice(0, 2)) ?? locale.value;

const formats = new Map<string, Intl.DateTimeFormat>();
function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = locale.value + JSON.stringify(options);
  const made = formats.get(name) ?? new Intl.DateTimeFormat(spoken(), options);
  formats.set(name, made);
  return made;
}

export const clock = (time: number | string) => format({ hour: "numeric", minute: "2-digit" }).format(new Date(time));
export const exact = (time: number | string) =>
  format({ dateStyle: "full", timeStyle: "medium" }).format(new Date(time));
export const date = (time: number | string) => format({ dateStyle: "medium" }).format(new Date(time));

const dayOf = (time: number | string) => new Date(time).setHours(0, 0, 0, 0);
export const sameDay = (a: number | string, b: number | string) => dayOf(a) === dayOf(b);

export function day(time: number | string): string {
  const days = Math.round((dayOf(Date.now()) - dayOf(time)) / 86_400_000);
  if (days === 0) return t("today");
  if (days === 1) return t("yesterday");
  const other = new Date(time).getFullYear() !== new Date().getFullYear();
  return format({ weekday: "long", month: "long", day: "numeric", ...(other ? { year: "numeric" } : {}) }).format(
    new Date(time),
  );
}

/** Short: the time today, else the day. */
export function when(time: number | string): string {
  const days = Math.round((dayOf(Date.now()) - dayOf(time)) / 86_400_000);
  if (days === 0) return clock(time);
  if (days === 1) return t("yesterday");
  if (days < 7) return format({ weekday: "short" }).format(new Date(time));
  return format({ month: "short", day: "numeric" }).format(new Date(time));
}

export function ago(time: number | string): string {
  const relative = new Intl.RelativeTimeFormat(locale.value, { numeric: "auto" });
  const seconds = (new Date(time).getTime() - Date.now()) / 1000;
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [
    [86_400, "day"],
    [3600, "hour"],
    [60, "minute"],
  ];
  for (const [size, unit] of steps)
    if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
  return t("just now");
}

/** How large a file is, in the unit that reads best. */
export function bytes(size: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const at = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, size)) / 3));
  const value = size / 1000 ** at;
  return new Intl.NumberFormat(locale.value, {
    style: "unit",
    unit: units[at] as string,
    unitDisplay: at === 0 ? "long" : "short",
    maximumFractionDigits: value < 10 && at > 0 ? 1 : 0,
  }).format(value);
}

export const number = (value: number) => new Intl.NumberFormat(locale.value).format(value);
