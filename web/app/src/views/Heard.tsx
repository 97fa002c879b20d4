import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { plain } from "../lib/markdown.tsx";
import { tame } from "../lib/text.ts";
import { client, nameOf } from "../state/app.ts";

/** So long is waited for more: in a storm a number is read out, and not each message. */
const together = 900;

/** What comes into the conversation that is open, for those who hear the page. */
export function Heard({ id }: { id: string }) {
  const [text, setText] = useState("");
  useEffect(() => {
    let count = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = client.on("incoming", (message) => {
      if (message.conversation_id !== id || message.kind === "system") return;
      count += 1;
      timer ??= setTimeout(() => {
        const what =
          plain(tame(message.content)).slice(0, 300) || t(message.kind === "image" ? "picture" : "attachment");
        setText(count > 1 ? t("new below", count) : `${nameOf(message.sender_id)}: ${what}`);
        count = 0;
        timer = undefined;
      }, together);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [id]);
  return (
    <p class="sr-only" role="log" aria-live="polite" aria-label={t("new messages heard")}>
      {text}
    </p>
  );
}
