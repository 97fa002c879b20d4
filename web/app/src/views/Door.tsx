import type { ComponentChildren } from "preact";
import { t } from "../i18n/index.ts";
import { Logo } from "../ui/icons.tsx";

/** The page of whoever is not signed in: what this is, and a form. */
export function Door({ onSubmit, children }: { onSubmit: (event: Event) => void; children: ComponentChildren }) {
  return (
    <main class="door">
      <section class="door-pitch" aria-hidden="true">
        <div class="door-art">
          <span class="bubble bubble-1">gg! 🎉</span>
          <span class="bubble bubble-2">LAN @ 20:00?</span>
          <span class="bubble bubble-3">✓✓</span>
        </div>
        <p class="door-line">{t("tagline")}</p>
        <ul>
          <li>{t("pitch 1")}</li>
          <li>{t("pitch 2")}</li>
          <li>{t("pitch 3")}</li>
        </ul>
      </section>
      <section class="door-form">
        <form onSubmit={onSubmit} noValidate>
          <div class="door-brand">
            <Logo size={36} />
            <span>NetherLink</span>
          </div>
          {children}
        </form>
      </section>
    </main>
  );
}
