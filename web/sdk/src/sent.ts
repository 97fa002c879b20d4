import type { Draft } from "./options.ts";
import type { Outgoing } from "./outbox.ts";
import type { Ack, ClientFrames, Message, Quote } from "./wire.ts";

/** The message that an ack makes of what was sent. */
export function sentMessage(
  sent: ClientFrames["message.send"] & { quote?: Quote },
  ack: Ack,
  senderId: string,
): Message {
  return {
    message_id: ack.message_id,
    conversation_id: ack.conversation_id,
    seq: ack.seq,
    revision: 0,
    sender_id: senderId,
    client_msg_id: ack.client_msg_id,
    kind: sent.kind,
    content: sent.content,
    ...(sent.extra ? { extra: sent.extra } : {}),
    ...(sent.reply_to ? { reply_to: sent.reply_to } : {}),
    ...(sent.quote ? { quote: sent.quote } : {}),
    ...(sent.mentions?.length ? { mentions: sent.mentions } : {}),
    reactions: [],
    status: "normal",
    sent_at: ack.sent_at,
  };
}

/** `single_…` of two people: the smaller id first, compared as numbers. */
export function singleId(a: string, b: string): string {
  const smallerFirst = a.length === b.length ? a < b : a.length < b.length;
  return smallerFirst ? `single_${a}_${b}` : `single_${b}_${a}`;
}

/** The other person of a single conversation. */
export function otherOf(conversationId: string, me: string): string | undefined {
  const match = /^single_(\d+)_(\d+)$/.exec(conversationId);
  return match ? (match[1] === me ? match[2] : match[1]) : undefined;
}

/** How it is put to the server. */
export function sendFrame(message: Outgoing, me: string): ClientFrames["message.send"] {
  const { state: _s, error: _e, created_at: _c, quote: _q, file: _f, conversation_id, ...rest } = message;
  const to = otherOf(conversation_id, me);
  return to ? { to_user_id: to, ...rest } : { conversation_id, ...rest };
}

/** What a draft becomes in the outbox. */
export function outgoing(draft: Draft, conversation_id: string, client_msg_id: string, now: number): Outgoing {
  const { replyTo, extra, mentions, file } = draft;
  const name = draft.name ?? (file as { name?: string } | undefined)?.name ?? "file";
  return {
    client_msg_id,
    conversation_id,
    kind: draft.kind ?? (file ? "file" : "text"),
    content: draft.content,
    ...(extra ? { extra } : {}),
    ...(file ? { file: { name, size: file.size, type: file.type, sent: 0 } } : {}),
    ...(mentions?.length ? { mentions } : {}),
    ...(replyTo
      ? {
          reply_to: replyTo.message_id,
          quote: {
            sender_id: replyTo.sender_id,
            kind: replyTo.kind,
            content: [...replyTo.content].slice(0, 100).join(""),
            status: replyTo.status,
          },
        }
      : {}),
    created_at: now,
    state: file ? "uploading" : "queued",
  };
}
