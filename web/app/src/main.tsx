import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/overlays.css";
import "./styles/shell.css";
import "./styles/chat.css";
import "./styles/content.css";
import "./styles/media.css";
import "./styles/composer.css";
import "./styles/pages.css";
import "./styles/settings.css";
import "./styles/door.css";
import "./styles/rooms.css";
import "./styles/search.css";
import { Component, type ComponentChildren, render } from "preact";
import { locale, t } from "./i18n/index.ts";
import { route } from "./lib/router.ts";
import { begin, me, toast } from "./state/app.ts";
import { watchInstall } from "./state/install.ts";
import { watchUnread } from "./state/notify.ts";
import { MenuHost, QuestionHost, Toasts } from "./ui/overlays.tsx";
import { Empty } from "./ui/parts.tsx";
import { ForgottenPassword, ResetPassword, VerifyEmail } from "./views/Email.tsx";
import { EmojiHost } from "./views/EmojiPicker.tsx";
import { Invite } from "./views/Invite.tsx";
import { LightboxHost } from "./views/Lightbox.tsx";
import { ProfileHost } from "./views/Profile.tsx";
import { ReadByHost } from "./views/ReadBy.tsx";
import { SearchHost } from "./views/Search.tsx";
import { Shell } from "./views/Shell.tsx";
import { SignIn } from "./views/SignIn.tsx";
import { globalKeys, SwitcherHost } from "./views/Switcher.tsx";

/** A bug on one page is told, and does not take the others with it. */
class Boundary extends Component<{ children: ComponentChildren }, { broken: boolean }> {
  override state = { broken: false };
  override componentDidCatch(bug: unknown) {
    console.error(bug);
    this.setState({ broken: true });
  }
  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <Empty icon="alert" page title={t("broke")}>
        <button type="button" class="button" onClick={() => location.reload()}>
          {t("reload")}
        </button>
      </Empty>
    );
  }
}

function App() {
  // Everything is drawn again in another language.
  const language = locale.value;
  const { name, id } = route.value;
  return (
    <Boundary key={language}>
      {name === "reset-password" ? (
        <ResetPassword />
      ) : name === "verify-email" ? (
        <VerifyEmail />
      ) : me.value ? (
        <Shell />
      ) : name === "forgotten-password" ? (
        <ForgottenPassword />
      ) : name === "invite" ? (
        <Invite key={id} code={id} />
      ) : (
        <SignIn key={name} create={name === "sign-up"} />
      )}
      <LightboxHost />
      <ReadByHost />
      <ProfileHost />
      <SwitcherHost />
      <SearchHost />
      <EmojiHost />
      <MenuHost />
      <QuestionHost />
      <Toasts />
    </Boundary>
  );
}

begin();
watchUnread();
watchInstall();
globalKeys(() => {
  const { name, id } = route.peek();
  return name === "conversation" ? id : name === "room" ? `room_${id}` : null;
});
const root = document.getElementById("app");
if (root) render(<App />, root);

if ("serviceWorker" in navigator) {
  let controlled = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (controlled) toast(t("new version"), "info", { label: t("reload"), run: () => location.reload() });
    controlled = true;
  });
  navigator.serviceWorker.register("/sw.js").catch(() => undefined);
}
