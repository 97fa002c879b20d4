// For Node before 22, which has no WebSocket of its own: as much of RFC 6455 as a client of this server needs.
import { createHash, randomBytes } from "node:crypto";
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import type { Duplex } from "node:stream";
import { browserEnvironment, type Environment, type SocketLike } from "./env.ts";

const largest = 16 * 2 ** 20;
const closeTimeout = 2000;
const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const opcode = { more: 0, text: 1, close: 8, ping: 9, pong: 10 } as const;

/** A WebSocket over Node's own HTTP client: text frames, fragments, pings, close codes; no extensions. */
export class NodeSocket implements SocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  #socket: Duplex | undefined;
  #buffer: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];
  #code = 1006;
  #closing = false;
  #ended = false;

  constructor(url: string, protocols: string[]) {
    const key = randomBytes(16).toString("base64");
    const accept = createHash("sha1")
      .update(key + guid)
      .digest("base64");
    const send = url.startsWith("wss:") ? secureRequest : plainRequest;
    const asked = send(url.replace(/^ws/, "http"), {
      headers: {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Protocol": protocols.join(", "),
      },
    });
    asked.on("upgrade", (answer, socket, head) => {
      if (this.#closing || answer.headers["sec-websocket-accept"] !== accept) {
        socket.destroy();
        this.#end();
        return;
      }
      this.#socket = socket;
      socket.on("data", (chunk: Buffer) => this.#read(chunk));
      socket.on("error", () => undefined);
      socket.on("close", () => this.#end());
      (this.onopen as ((event: unknown) => void) | null)?.({});
      if (head.length > 0) this.#read(head);
    });
    asked.on("response", (answer) => {
      answer.resume();
      this.#end();
    });
    asked.on("error", () => this.#end());
    asked.end();
  }

  send(text: string): void {
    this.#write(opcode.text, Buffer.from(text));
  }

  close(code = 1000): void {
    if (this.#closing) return;
    this.#closing = true;
    const body = Buffer.alloc(2);
    body.writeUInt16BE(code);
    this.#write(opcode.close, body);
    setTimeout(() => this.#socket?.destroy(), closeTimeout).unref();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    queueMicrotask(() => this.onclose?.({ code: this.#code }));
  }

  #read(chunk: Buffer): void {
    this.#buffer = this.#buffer.length ? Buffer.concat([this.#buffer, chunk]) : chunk;
    for (;;) {
      const b = this.#buffer;
      if (b.length < 2) return;
      let size = (b[1] as number) & 127;
      let at = 2;
      if (size === 126) {
        if (b.length < 4) return;
        size = b.readUInt16BE(2);
        at = 4;
      } else if (size === 127) {
        if (b.length < 10) return;
        size = Number(b.readBigUInt64BE(2));
        at = 10;
      }
      if (size > largest) {
        this.#socket?.destroy();
        return;
      }
      if (b.length < at + size) return;
      this.#buffer = b.subarray(at + size);
      this.#frame((b[0] as number) & 15, ((b[0] as number) & 128) !== 0, b.subarray(at, at + size));
    }
  }

  #frame(code: number, last: boolean, body: Buffer): void {
    if (code === opcode.text || code === opcode.more) {
      this.#parts.push(body);
      if (!last) return;
      const text = Buffer.concat(this.#parts).toString("utf8");
      this.#parts = [];
      this.onmessage?.({ data: text });
    } else if (code === opcode.ping) {
      this.#write(opcode.pong, body);
    } else if (code === opcode.close) {
      this.#code = body.length >= 2 ? body.readUInt16BE(0) : 1005;
      if (!this.#closing) this.#write(opcode.close, body);
      this.#closing = true;
      this.#socket?.end();
    }
  }

  #write(code: number, body: Buffer): void {
    const socket = this.#socket;
    if (!socket || socket.destroyed || !socket.writable) return;
    const head = Buffer.alloc(body.length < 126 ? 2 : body.length < 65_536 ? 4 : 10);
    head[0] = 128 | code;
    if (head.length === 2) head[1] = 128 | body.length;
    else if (head.length === 4) {
      head[1] = 254;
      head.writeUInt16BE(body.length, 2);
    } else {
      head[1] = 255;
      head.writeBigUInt64BE(BigInt(body.length), 2);
    }
    const mask = randomBytes(4);
    const masked = Buffer.from(body);
    for (let n = 0; n < masked.length; n += 1) masked[n] = (masked[n] as number) ^ (mask[n & 3] as number);
    socket.write(Buffer.concat([head, mask, masked]));
  }
}

/** What `Client` needs in Node 18 and later. */
export function nodeEnvironment(): Environment {
  return { ...browserEnvironment(), socket: (url, protocols) => new NodeSocket(url, protocols) };
}
