import type { ErrorCode, Problem } from "./wire.ts";

/** Codes of this SDK's own, beside those of the server. */
export type LocalCode = "connection.lost" | "connection.timeout" | "file.missing" | "session.none" | "unknown";

export type Code = ErrorCode | LocalCode | (string & {});

/** Every failure of the SDK: compare `code`, which is the server's, or one of `LocalCode`. */
export class NetherLinkError extends Error {
  readonly code: Code;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** When it may be tried again, if that was told. */
  readonly retryAfterMs: number | undefined;
  /** What is wrong with which field of the request. */
  readonly fields: readonly { field: string; message: string }[];

  constructor(
    code: Code,
    message: string,
    more: { status?: number; retryAfterMs?: number; fields?: Problem["errors"] } = {},
  ) {
    super(message);
    this.name = "NetherLinkError";
    this.code = code;
    this.status = more.status ?? 0;
    this.retryAfterMs = more.retryAfterMs;
    this.fields = more.fields ?? [];
  }

  /** Nothing is wrong with the request itself: later it may succeed. */
  get temporary(): boolean {
    return (
      this.code.startsWith("connection.") ||
      this.code.startsWith("server.") ||
      this.code === "request.rate_limited" ||
      this.status >= 500
    );
  }
}

export const lost = () => new NetherLinkError("connection.lost", "The connection is gone");
