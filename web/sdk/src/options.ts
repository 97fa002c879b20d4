import type { LinkState } from "./connection.ts";
import type { Environment } from "./env.ts";
import type { SessionStore } from "./http.ts";
import type { Outgoing } from "./outbox.ts";
import type { KeyValue } from "./store.ts";
import type { Device, Message, OwnUser, ServerFrames } from "./wire.ts";

export interface ClientOptions {
  /** Of the server, e.g. `https://play.example.org`; in a browser the page's own by default. */
  url?: string;
  device?: Device;
  /** In a browser by default: localStorage and IndexedDB, shared by all tabs; elsewhere memory. */
  session?: SessionStore;
  store?: KeyValue;
  /** One socket for all tabs (true in browsers). */
  share?: boolean;
  /** Of how many missed messages a conversation is brought level one by one; above, only what is looked at is fetched. */
  catchUp?: number;
  environment?: Environment;
}

/** Events of the server by their frame's type, and these. */
export interface ClientEvents extends ServerFrames {
  connection: LinkState;
  /** The list of conversations changed. */
  conversations: undefined;
  /** Somebody signed in (or the session was found again), or out: then `null`, with the server's code. */
  session: { user: OwnUser | null; code?: string };
  /** A message of somebody else, as it is told live; in order, but for every message use a timeline. */
  incoming: Message;
  /** Every frame, those that this SDK does not know too. */
  frame: { type: string; data: unknown };
}

export interface Draft {
  /** Where to; or `to`, a person. */
  conversation?: string;
  to?: string;
  content: string;
  kind?: Outgoing["kind"];
  /** Uploaded first: the message is sent when that is done, and may be overtaken by others. */
  file?: Blob;
  /** Of the file; a `File` has one of its own. */
  name?: string;
  extra?: Record<string, unknown>;
  replyTo?: Message;
  mentions?: string[];
}
