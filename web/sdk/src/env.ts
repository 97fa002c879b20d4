/** What the SDK needs of the world around it; tests put a simulated one in its place. */
export interface Environment {
  fetch(url: string, init: RequestInit): Promise<Response>;
  socket(url: string, protocols: string[]): SocketLike;
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` after so many milliseconds, unless the returned function was called before. */
  after(ms: number, run: () => void): () => void;
  /** 0 <= x < 1. */
  random(): number;
  /** Runs one at a time over all tabs. */
  exclusive<T>(name: string, run: () => Promise<T>): Promise<T>;
}

/** The part of the standard WebSocket that is used. */
export interface SocketLike {
  send(text: string): void;
  close(code?: number): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export function browserEnvironment(): Environment {
  return {
    fetch: (url, init) => fetch(url, init),
    socket: (url, protocols) => new WebSocket(url, protocols) as SocketLike,
    now: () => Date.now(),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
    exclusive: async (name, run) => {
      const locks = typeof navigator === "undefined" ? undefined : navigator.locks;
      return locks ? await locks.request(name, run) : await run();
    },
  };
}
