// Files in the simulated world: those that are sent, and the server that takes them.
import { type Attachment, type KeyValue, memoryStore } from "@netherlink/client";
import type { Random } from "./sim.ts";

const most = 65_536;
/** Twice, so that a piece of it may begin anywhere. */
const pattern = Uint8Array.from({ length: 2 * most }, (_, n) => (Math.imul(n % most, 2654435761) >>> 24) & 255);

/** A blob that is read at once: nothing here may wait for the machine. Its bytes, 64 KiB at most, follow from `seed`. */
export class SimBlob extends Blob {
  readonly #begin: number;
  readonly #size: number;
  constructor(size: number, seed: number) {
    super();
    this.#size = size;
    this.#begin = (seed * 4099) % most;
  }
  override get size(): number {
    return this.#size;
  }
  override slice(from = 0, to = this.#size): Blob {
    const bytes = this.#bytes().slice(from, to);
    return { arrayBuffer: async () => bytes.buffer } as Blob;
  }
  #bytes(): Uint8Array<ArrayBuffer> {
    return pattern.subarray(this.#begin, this.#begin + this.#size);
  }
  same(bytes: Uint8Array | undefined): boolean {
    return bytes !== undefined && Buffer.compare(bytes, this.#bytes()) === 0;
  }
}

/** As memory is, but blobs stay what they are. */
export function simStore(): KeyValue {
  const map = new Map<string, unknown>();
  const store = memoryStore(map);
  return {
    ...store,
    set: async (key, value) => (value instanceof Blob ? void map.set(key, value) : store.set(key, value)),
  };
}

interface Kept {
  name: string;
  bytes: Uint8Array;
  offset: number;
}

export class SimFiles {
  readonly #all = new Map<string, Kept>();
  readonly #random: Random;
  #id = 5000;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Of one that is complete. */
  bytes(id: string): Uint8Array | undefined {
    const file = this.#all.get(id);
    return file && file.offset === file.bytes.length ? file.bytes : undefined;
  }

  /** What is not complete is kept for a while only. */
  forget(): void {
    for (const [id, file] of this.#all) if (file.offset < file.bytes.length) this.#all.delete(id);
  }

  /** Undefined: the connection broke in the middle. */
  answer(path: string, init: RequestInit, failures: number): Response | undefined {
    const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
    const problem = (code: string, status: number) =>
      json({ type: "about:blank", title: code, status, detail: code, code }, status);
    if (init.method === "POST") {
      const { name, size } = JSON.parse(init.body as string) as { name: string; size: number };
      this.#id += 1;
      this.#all.set(String(this.#id), { name, bytes: new Uint8Array(size), offset: 0 });
      return json(this.#seen(String(this.#id)), 201);
    }
    const id = path.split("/")[2] as string;
    const file = this.#all.get(id);
    if (!file) return problem("resource.not_found", 404);
    if (init.method === "DELETE") {
      this.#all.delete(id);
      return new Response(null, { status: 204 });
    }
    if (init.method !== "PATCH") return json(this.#seen(id));
    if (file.offset === file.bytes.length) return problem("attachment.complete", 409);
    if (Number((init.headers as Record<string, string>)["Upload-Offset"]) !== file.offset)
      return problem("attachment.wrong_offset", 409);
    let piece = new Uint8Array(init.body as ArrayBuffer);
    const broken = this.#random.chance(failures);
    if (broken) piece = piece.subarray(0, this.#random.below(piece.length));
    file.bytes.set(piece, file.offset);
    file.offset += piece.length;
    return broken ? undefined : json(this.#seen(id));
  }

  #seen(id: string): Attachment {
    const { name, bytes, offset } = this.#all.get(id) as Kept;
    const complete = offset === bytes.length;
    return {
      attachment_id: id,
      name,
      size: bytes.length,
      offset,
      status: complete ? "complete" : "uploading",
      created_at: "2026-01-01T00:00:00.000Z",
      ...(complete ? { content_type: "application/octet-stream" } : { chunk_bytes: 15_000 }),
    };
  }
}
