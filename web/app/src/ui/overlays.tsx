import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { dismiss, toast, toasts } from "../state/app.ts";
import { Icon, type IconName } from "./icons.tsx";
import { Dialog, IconButton } from "./parts.tsx";

// What lies over the page and is asked for from anywhere: menus, questions, news.

export interface MenuItem {
  label: string;
  icon: IconName;
  danger?: boolean;
  run(): void;
}

interface OpenMenu {
  items: MenuItem[];
  x: number;
  y: number;
  label: string;
  back: HTMLElement | null;
}

const menu = signal<OpenMenu | null>(null);

/** At an element, or where the pointer is. */
export function openMenu(event: MouseEvent | KeyboardEvent, label: string, items: MenuItem[]): void {
  event.preventDefault();
  event.stopPropagation();
  const element = event.currentTarget as HTMLElement;
  const box = element.getBoundingClientRect();
  const pointer = event.type === "contextmenu" && event instanceof MouseEvent && event.clientX > 0;
  menu.value = {
    items,
    label,
    x: pointer ? (event as MouseEvent).clientX : box.right,
    y: pointer ? (event as MouseEvent).clientY : box.bottom + 4,
    back: document.activeElement as HTMLElement | null,
  };
}

export function MenuHost() {
  const open = menu.value;
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!open || !element) return;
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(8, Math.min(open.x, innerWidth - width - 8))}px`;
    element.style.top = `${Math.max(8, open.y + height > innerHeight - 8 ? open.y - height - 8 : open.y)}px`;
    element.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }, [open]);
  if (!open) return null;
  const close = () => {
    menu.value = null;
    open.back?.focus?.();
  };
  const move = (event: KeyboardEvent) => {
    const items = [...(ref.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Escape" || event.key === "Tab") close();
    else if (event.key === "ArrowDown") items[(at + 1) % items.length]?.focus();
    else if (event.key === "ArrowUp") items[(at - 1 + items.length) % items.length]?.focus();
    else if (event.key === "Home") items[0]?.focus();
    else if (event.key === "End") items.at(-1)?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <div
        class="menu-back"
        onMouseDown={close}
        onContextMenu={(event) => {
          event.preventDefault();
          close();
        }}
      />
      <div ref={ref} class="menu" role="menu" aria-label={open.label} tabIndex={-1} onKeyDown={move}>
        {open.items.map((item) => (
          <button
            type="button"
            role="menuitem"
            tabIndex={-1}
            class={item.danger ? "menu-item is-danger" : "menu-item"}
            onClick={() => {
              close();
              item.run();
            }}
          >
            <Icon name={item.icon} size={18} />
            {item.label}
          </button>
        ))}
      </div>
    </>
  );
}

interface Question {
  title: string;
  about: string;
  action: string;
  danger: boolean;
  answer(yes: boolean): void;
}

const question = signal<Question | null>(null);

export const confirm = (title: string, about: string, action = title, danger = true): Promise<boolean> =>
  new Promise((resolve) => {
    question.value = {
      title,
      about,
      action,
      danger,
      answer: (yes) => {
        question.value = null;
        resolve(yes);
      },
    };
  });

export function QuestionHost() {
  const open = question.value;
  if (!open) return null;
  return (
    <Dialog title={open.title} onClose={() => open.answer(false)}>
      <p class="dialog-text">{open.about}</p>
      <footer class="dialog-foot">
        <button type="button" class="button button-quiet" onClick={() => open.answer(false)}>
          {t("cancel")}
        </button>
        <button type="button" class={open.danger ? "button button-danger" : "button"} onClick={() => open.answer(true)}>
          {open.action}
        </button>
      </footer>
    </Dialog>
  );
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((one) => (
        <div key={one.id} class={`toast toast-${one.kind}`}>
          <Icon name={one.kind === "error" ? "alert" : "info"} size={18} />
          <span>{one.text}</span>
          {one.action && (
            <button
              type="button"
              class="toast-action"
              onClick={() => {
                one.action?.run();
                dismiss(one.id);
              }}
            >
              {one.action.label}
            </button>
          )}
          <IconButton icon="close" size={16} label={t("close")} onClick={() => dismiss(one.id)} />
        </div>
      ))}
    </div>
  );
}

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Something to be taken elsewhere. */
export function Copy({ text, label, wide }: { text: string; label: string; wide?: boolean }) {
  return (
    <span class={wide ? "copy copy-wide" : "copy"}>
      <code>{text}</code>
      <IconButton
        icon="copy"
        size={16}
        label={`${t("copy")}: ${label}`}
        onClick={() => void copyText(text).then((done) => done && toast(t("copied")))}
      />
    </span>
  );
}
