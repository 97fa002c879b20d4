import type { NetherLinkError } from "@netherlink/client";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { explain, t } from "../i18n/index.ts";
import { hueOf, initials } from "../lib/text.ts";
import { nameOf, presence, userOf } from "../state/app.ts";
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

/** What went wrong, in words or as the server told it; what a field says itself is not said twice. */
export function Failure({ error }: { error: NetherLinkError | string | null | undefined }) {
  if (!error || (typeof error !== "string" && error.fields.length > 0)) return null;
  return (
    <p class="notice notice-error" role="alert">
      {typeof error === "string" ? error : explain(error)}
    </p>
  );
}

/** At the end of a list that goes on. */
export function More({ onClick }: { onClick: (() => void) | null }) {
  if (!onClick) return null;
  return (
    <button type="button" class="button button-quiet more" onClick={onClick}>
      {t("show more")}
    </button>
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
  class: more,
}: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  wide?: boolean;
  bare?: boolean;
  class?: string;
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
      class={`dialog${wide ? " dialog-wide" : ""}${bare ? " dialog-bare" : ""}${more ? ` ${more}` : ""}`}
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
