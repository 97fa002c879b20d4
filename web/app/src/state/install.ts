import { signal } from "@preact/signals";

interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

const offer = signal<InstallPrompt | null>(null);

/** Does the browser let this page become an application of its own? */
export const installable = () => offer.value !== null;

export async function install(): Promise<void> {
  const prompt = offer.value;
  // It can be used once.
  offer.value = null;
  await prompt?.prompt();
}

/** The browser would ask at a time of its own; we let people ask. */
export function watchInstall(): void {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer.value = event as InstallPrompt;
  });
  addEventListener("appinstalled", () => {
    offer.value = null;
  });
}
