import { signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { hueOf, initials } from "../lib/text.ts";
import { dismiss, nameOf, presence, toast, toasts, userOf } from "../state/app.ts";
import { Icon, type IconName } from "./icons.tsx";

export function Avatar({
  id,
  name,
  url,
  size = 40,
  online,
}: {
  id: string;
  name: string;
  url?: string;
  size?: number;
  online?: boolean | undefined;
}) {
  const [broken, setBroken] = useState(false);
  // Only encrypted pictures: others would be blocked on an encrypted page, and tell the network who is looked at.
  const picture = url && /^https:\/\//.test(url) && !broken ? url : null;
  return (
    <span
      class="avatar"
      data-hue={hueOf(id)}
      style={{ width: `${size}px`, height: `${size}px`, fontSize: `${size * 0.42}px` }}
      aria-hidden="true"
    >
      {picture ? (
        <img
          src={picture}
          alt=""
          width={size}
          height={size}
          loading="lazy"
          referrerpolicy="no-referrer"
          onError={() => setBroken(true)}
        />
      ) : (
        initials(name)
      )}
      {online !== undefined && <span class={online ? "dot dot-online" : "dot"} />}
    </span>
  );
}

export function UserAvatar({
  id,
  size = 40,
  showPresence = false,
}: {
  id: string;
  size?: number;
  showPresence?: boolean;
}) {
  const user = userOf(id);
  const online = showPresence ? (presence.value.get(id)?.online ?? false) : undefined;
  return <Avatar id={id} name={nameOf(id)} url={user?.avatar_url ?? ""} size={size} online={online} />;
}

export function IconButton({
  icon,
  label,
  onClick,
  active,
  size,
  ...rest
}: { icon: IconName; label: string; onClick?: (event: MouseEvent) => void; active?: boolean; size?: number } & Omit<
  JSX.IntrinsicElements["button"],
  "icon" | "size" | "label"
>) {
  return (
    <button
      type="button"
      class={`icon-button${active ? " is-active" : ""}`}
      aria-label={label}
      title={label}
      {...(onClick ? { onClick } : {})}
      {...rest}
    >
      <Icon name={icon} {...(size ? { size } : {})} />
    </button>
  );
}

export function Field({
  label,
  hint,
  error,
  children,
}: {
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  children: (props: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean }) => JSX.Element;
}) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": note ? `${id}-note` : undefined, "aria-invalid": error !== undefined })}
      {note && (
        <p id={`${id}-note`} class={error ? "field-note field-error" : "field-note"}>
          {note}
        </p>
      )}
    </div>
  );
}

export function PasswordInput(
  props: {
    value: string;
    onValue: (value: string) => void;
    autocomplete: "current-password" | "new-password" | "off";
  } & Omit<JSX.IntrinsicElements["input"], "value" | "autocomplete">,
) {
  const [shown, setShown] = useState(false);
  const { onValue, ...rest } = props;
  return (
    <span class="password">
      <input
        {...(rest as object)}
        type={shown ? "text" : ("password" as "text")}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <IconButton
        icon="eye"
        label={t("show password")}
        active={shown}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
      />
    </span>
  );
}

/** Nothing is here, and what to do about it. `page`: it is all that the page shows. */
export function Empty({
  icon,
  title,
  children,
  page,
}: {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
  page?: boolean;
}) {
  const Heading = page ? "h1" : "h2";
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={28} />
      </span>
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}

/** A modal dialog of the platform: keeps the focus, closes with Escape, gives the focus back. */
export function Dialog({
  title,
  onClose,
  children,
  wide,
  bare,
}: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  wide?: boolean;
  bare?: boolean;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement as HTMLElement | null;
    dialog?.showModal();
    return () => {
      dialog?.close();
      before?.focus?.();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it, which the platform does by itself
    <dialog
      ref={ref}
      class={`dialog${wide ? " dialog-wide" : ""}${bare ? " dialog-bare" : ""}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <div class="dialog-body">
        <header class={bare ? "sr-only" : "dialog-head"}>
          <h2 id={id}>{title}</h2>
          {!bare && <IconButton icon="close" label={t("close")} onClick={onClose} />}
        </header>
        {children}
      </div>
    </dialog>
  );
}

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
