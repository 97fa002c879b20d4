import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { bytes, t } from "../i18n/index.ts";
import { config, toast } from "../state/app.ts";
import { type Picked, pick, picked, takesFiles, unpick } from "../state/files.ts";
import { Icon } from "../ui/icons.tsx";
import { IconButton } from "../ui/parts.tsx";
import { FileName } from "./Attachment.tsx";

/** What goes with what is being written. */
export function Tray({ id }: { id: string }) {
  const files = picked.value.get(id) ?? [];
  if (files.length === 0) return null;
  return (
    <ul class="tray" aria-label={t("attached files")}>
      {files.map((one) => (
        <Chip key={one.id} one={one} away={() => unpick(id, one)} />
      ))}
    </ul>
  );
}

function Chip({ one, away }: { one: Picked; away: () => void }) {
  return (
    <li class="tray-file">
      {one.url ? (
        <img src={one.url} alt="" width={44} height={44} />
      ) : (
        <span class="file-icon">
          <Icon name="file" />
        </span>
      )}
      <span class="file-about">
        <FileName name={one.name} />
        <small>{bytes(one.file.size)}</small>
      </span>
      <IconButton icon="close" size={16} label={t("take away", one.name)} onClick={away} />
    </li>
  );
}

export function AttachButton({ id, done }: { id: string; done: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  if (!takesFiles()) return null;
  const most = config.value?.limits.attachment_bytes;
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          const element = event.currentTarget;
          void pick(id, [...(element.files ?? [])]).then(done);
          element.value = "";
        }}
      />
      <IconButton
        icon="clip"
        label={t("attach")}
        title={most ? t("attach about", bytes(most)) : t("attach")}
        onClick={() => input.current?.click()}
      />
    </>
  );
}

/** Files may be dropped anywhere on a conversation. */
export function DropZone({
  id,
  title,
  open,
  children,
}: {
  id: string;
  title: string;
  open: boolean;
  children: ComponentChildren;
}) {
  const [over, setOver] = useState(false);
  // Entering a part of it is told before leaving the part that one comes from.
  const depth = useRef(0);
  const bringsFiles = (event: DragEvent) =>
    open && takesFiles() && (event.dataTransfer?.types.includes("Files") ?? false);
  const leave = () => {
    depth.current = 0;
    setOver(false);
  };
  return (
    <div
      class="drop-zone"
      onDragEnter={(event) => {
        if (!bringsFiles(event)) return;
        event.preventDefault();
        depth.current += 1;
        setOver(true);
      }}
      onDragOver={(event) => {
        if (bringsFiles(event)) event.preventDefault();
      }}
      onDragLeave={() => {
        depth.current -= 1;
        if (depth.current <= 0) leave();
      }}
      onDrop={(event) => {
        if (!bringsFiles(event)) return;
        event.preventDefault();
        leave();
        const items = [...(event.dataTransfer?.items ?? [])];
        if (items.some((one) => one.webkitGetAsEntry?.()?.isDirectory)) toast(t("no folders"), "error");
        else void pick(id, [...(event.dataTransfer?.files ?? [])]);
      }}
    >
      {children}
      {over && (
        <div class="drop-here">
          <span>
            <Icon name="clip" size={28} />
            <strong>{t("drop files", title)}</strong>
            <small>{t("drop files about")}</small>
          </span>
        </div>
      )}
    </div>
  );
}
