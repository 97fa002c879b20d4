// A network between clients and a real server that delays, cuts, and says things twice and in another order.
import { connect, createServer, type Server, type Socket } from "node:net";

export interface BadNetwork {
  port: number;
  /** How often each thing happened. */
  count: { cut: number; doubled: number; reordered: number };
  calm(): void;
  close(): void;
}

/** A whole WebSocket frame at the beginning, in bytes; 0: there is none yet. */
function frameLength(bytes: Buffer): number {
  if (bytes.length < 2) return 0;
  const short = (bytes[1] as number) & 127;
  const head = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < head) return 0;
  const payload = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  const all = head + ((bytes[1] as number) & 128 ? 4 : 0) + payload;
  return bytes.length >= all ? all : 0;
}

/**
 * One way of a connection in pieces. HTTP goes on as it comes. Frames of a WebSocket come whole, some of them twice, some
 * after the next one: all but the first, and what is not text.
 */
class Pieces {
  #rest: Buffer = Buffer.alloc(0);
  #frames = false;
  #first = true;
  #held: Buffer | undefined;
  readonly #count: BadNetwork["count"];
  readonly #bad: () => boolean;
  constructor(count: BadNetwork["count"], bad: () => boolean) {
    this.#count = count;
    this.#bad = bad;
  }

  /** What goes on now. `upgraded`: the end of the head that both sides agreed by. */
  take(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const out: Buffer[] = [];
    if (!this.#frames) {
      const text = this.#rest.toString("latin1");
      const socket = /^(GET \/ws[ ?]|HTTP\/1\.1 101 )/.test(text);
      const end = text.indexOf("\r\n\r\n");
      if (socket && end < 0) return out;
      const head = socket ? end + 4 : this.#rest.length;
      out.push(this.#rest.subarray(0, head));
      this.#rest = this.#rest.subarray(head);
      this.#frames = socket;
    }
    for (let size = frameLength(this.#rest); this.#frames && size > 0; size = frameLength(this.#rest)) {
      const frame = this.#rest.subarray(0, size);
      this.#rest = this.#rest.subarray(size);
      const touched = this.#bad() && !this.#first && frame[0] === 0x81;
      this.#first = false;
      if (touched && !this.#held && Math.random() < 0.1) {
        this.#held = frame;
        this.#count.reordered += 1;
        continue;
      }
      out.push(frame);
      if (touched && Math.random() < 0.1) {
        out.push(frame);
        this.#count.doubled += 1;
      }
      out.push(...this.flush());
    }
    return out;
  }

  /** What was held back. */
  flush(): Buffer[] {
    const held = this.#held ? [this.#held] : [];
    this.#held = undefined;
    return held;
  }
}

/** `cuts`: how likely a piece is the last of its connection, and comes by half. */
export async function badNetwork(to: number, cuts = 0.02): Promise<BadNetwork> {
  let bad = true;
  const count = { cut: 0, doubled: 0, reordered: 0 };
  const all = new Set<Socket>();
  const pass = (from: Socket, other: Socket) => {
    const pieces = new Pieces(count, () => bad);
    let free = Promise.resolve();
    const forward = (piece: Buffer) => {
      free = free.then(async () => {
        if (bad) await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
        if (bad && Math.random() < cuts) {
          count.cut += 1;
          // What overtook others is not lost without them: that would be no network, but a liar.
          for (const held of pieces.flush()) other.write(held);
          other.write(piece.subarray(0, Math.floor(piece.length / 2)));
          from.destroy();
          other.destroy();
        } else if (!other.destroyed) {
          other.write(piece);
        }
      });
    };
    from.on("data", (chunk: Buffer) => {
      for (const piece of pieces.take(chunk)) forward(piece);
      // Nothing may follow for long: then it has been late enough.
      setTimeout(() => pieces.flush().forEach(forward), 40);
    });
    from.on("error", () => undefined);
    from.on("close", () => void free.then(() => other.destroy()));
  };
  const proxy: Server = createServer((client) => {
    const server = connect(to, "127.0.0.1");
    all.add(client).add(server);
    pass(client, server);
    pass(server, client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    port: (proxy.address() as { port: number }).port,
    count,
    calm: () => {
      bad = false;
    },
    close: () => {
      proxy.close();
      for (const one of all) one.destroy();
    },
  };
}
