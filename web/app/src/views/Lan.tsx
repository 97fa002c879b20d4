import type { RoomPeers, VpnStatus } from "@netherlink/client";
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { tame } from "../lib/text.ts";
import { client, link, me, nameOf, offered } from "../state/app.ts";
import { type CompanionPeer, companion, handOver, watchCompanion } from "../state/companion.ts";
import type { KnownRoom } from "../state/places.ts";
import { Icon } from "../ui/icons.tsx";
import { Copy } from "../ui/overlays.tsx";
import { Dialog } from "../ui/parts.tsx";

const lookAgain = 3000;

/** How the companion reaches somebody: only it can tell. */
function Reached({ peer }: { peer: CompanionPeer | undefined }) {
  if (!peer) return null;
  if (!peer.reached || peer.loss > 0.99) return <small class="quiet">{t("lan not reached")}</small>;
  const time = peer.rtt_ms < 10 ? peer.rtt_ms.toFixed(1) : String(Math.round(peer.rtt_ms));
  const loss = peer.loss >= 0.01 ? ` · ${t("lan loss", Math.round(peer.loss * 100))}` : "";
  const way = peer.path === "direct" ? t("lan direct") : peer.path === "relayed" ? t("lan relayed") : "";
  return (
    <small class="quiet">
      {[t("lan latency", time), way].filter(Boolean).join(" · ")}
      {loss}
    </small>
  );
}

/** The virtual LAN of a room: one's own address, who is to be reached, and how to get there. */
export function Lan({ room }: { room: KnownRoom }) {
  const [vpn, setVpn] = useState<VpnStatus | null>(null);
  const [peers, setPeers] = useState<RoomPeers["items"]>([]);
  const [helping, setHelping] = useState(false);
  const [handed, setHanded] = useState(false);
  const connected = link.value.phase === "online";
  const shown = offered("vpn");
  useEffect(() => {
    if (!shown || !connected) return;
    let here = true;
    const load = () => {
      client.rooms.lan().then(
        (now) => here && setVpn(now),
        () => undefined,
      );
      client.rooms.peers(room.id).then(
        (now) => here && setPeers(now),
        () => undefined,
      );
    };
    load();
    const stop = client.on("frame", ({ type }) => {
      if (type === "vpn.updated") load();
    });
    return () => {
      here = false;
      stop();
    };
  }, [room.id, room.player_count, shown, connected]);
  // What was late comes by itself, whether it is told or not.
  const pending = vpn?.status === "pending";
  useEffect(() => {
    if (!shown || !pending || !connected) return;
    const timer = setInterval(() => client.rooms.lan().then(setVpn, () => undefined), lookAgain);
    return () => clearInterval(timer);
  }, [shown, pending, connected]);
  useEffect(() => (shown ? watchCompanion(me.value?.id ?? "") : undefined), [shown, me.value?.id]);
  if (!shown) return null;

  const helper = companion.value?.room?.id === room.id ? companion.value : null;
  const mine = me.value?.id;
  const own = peers.filter((one) => one.user_id === mine);
  const others = peers.filter((one) => one.user_id !== mine);
  const missing = (room.members ?? []).filter((one) => !peers.some((peer) => peer.user_id === one.user_id));
  const reached = own.some((one) => one.online);

  return (
    <section class="lan" aria-labelledby="lan-title">
      <h2 id="lan-title">
        <Icon name="network" size={18} /> {t("lan")}
        <span class={reached ? "pill pill-waiting" : "pill"}>
          {pending ? t("lan pending short") : reached ? t("lan on") : t("lan not joined")}
        </span>
      </h2>
      {pending && <p class="quiet small">{t("lan pending")}</p>}
      {own.length > 0 && (
        <div class="lan-own">
          <span class="quiet small">{t("lan address")}</span>
          <span class="lan-addresses">
            {own.map((one) => (
              <Copy key={one.device} text={one.address} label={t("lan address")} />
            ))}
          </span>
        </div>
      )}
      {helper?.trouble && <p class="notice small">{tame(helper.trouble)}</p>}
      {!reached && !pending && <p class="quiet small">{t("lan about")}</p>}
      {others.length + missing.length > (own.length ? 0 : 1) && (
        <ul class="peers" aria-label={t("lan peers")}>
          {others.map((one) => (
            <li key={`${one.user_id} ${one.device}`}>
              <span class={one.online ? "dot dot-online" : "dot"} />
              <span class="peer-who">
                <bdi>{nameOf(one.user_id)}</bdi>
                <span class="sr-only">{one.online ? t("online") : t("away")}</span>
                <Reached peer={helper?.peers.find((peer) => peer.address === one.address)} />
              </span>
              <Copy text={one.address} label={nameOf(one.user_id)} />
            </li>
          ))}
          {missing
            .filter((one) => one.user_id !== mine)
            .map((one) => (
              <li key={one.user_id}>
                <span class="dot" />
                <span class="peer-who">
                  <bdi>{nameOf(one.user_id)}</bdi>
                </span>
                <span class="quiet small">{t("lan not joined")}</span>
              </li>
            ))}
        </ul>
      )}
      <div class="lan-go">
        <button
          type="button"
          class={reached ? "button button-small button-quiet" : "button button-small"}
          onClick={() => {
            setHanded(true);
            void handOver(room.id);
          }}
        >
          {t("lan companion")}
        </button>
        <button type="button" class="link" onClick={() => setHelping(true)}>
          {t("lan get")}
        </button>
      </div>
      {handed && !reached && (
        <p class="quiet small" role="status">
          {t("lan handed")}
        </p>
      )}
      {helping && (
        <Dialog title={t("lan get")} onClose={() => setHelping(false)}>
          <ol class="steps">
            <li>
              {t("lan step 1")}
              <Copy text="netherlink-companion register" label={t("lan get")} wide />
              <Copy text={`netherlink-companion login ${location.origin}`} label={t("lan get")} wide />
            </li>
            <li>{t("lan step 2")}</li>
            <li>{t("lan step 3")}</li>
          </ol>
          <footer class="dialog-foot">
            <button type="button" class="button" onClick={() => setHelping(false)}>
              {t("close")}
            </button>
          </footer>
        </Dialog>
      )}
    </section>
  );
}
