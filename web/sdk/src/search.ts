import type { Message } from "./wire.ts";

/** A message that was found. */
export interface Found {
  message: Message;
  /** The pieces of `content` that match, as they stand there. */
  highlights: string[];
}

export interface FoundPage {
  /** Newest first. May be short, even empty, while there is more. */
  items: Found[];
  next_cursor: string | null;
}
