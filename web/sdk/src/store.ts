/** Where the outbox and what was read survive: values are structured clones. */
export interface KeyValue {
  entries<T>(prefix: string): Promise<[key: string, value: T][]>;
  get<T>(key: string): Promise<T | undefined>;
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  clear(): Promise<void>;
}

/** Lost with the process: for bots and tests. */
export function memoryStore(map = new Map<string, unknown>()): KeyValue {
  return {
    entries: async <T>(prefix: string) =>
      [...map].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1)) as [string, T][],
    get: async <T>(key: string) => map.get(key) as T | undefined,
    set: async (key, value) => void map.set(key, structuredClone(value)),
    delete: async (key) => void map.delete(key),
    clear: async () => map.clear(),
  };
}

const finished = <T>(request: IDBRequest<T>) =>
  new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** IndexedDB; where that is forbidden (private windows of some browsers), memory. */
export function browserStore(name: string): KeyValue {
  const fallback = memoryStore();
  const opening = new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("kv");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  opening.catch(() => undefined);
  const use = async <T>(
    mode: IDBTransactionMode,
    run: (kv: IDBObjectStore) => Promise<T>,
    otherwise: () => Promise<T>,
  ) => {
    try {
      return await run((await opening).transaction("kv", mode).objectStore("kv"));
    } catch {
      return await otherwise();
    }
  };
  return {
    entries: <T>(prefix: string) =>
      use(
        "readonly",
        async (kv) => {
          const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
          const [keys, values] = await Promise.all([finished(kv.getAllKeys(range)), finished(kv.getAll(range))]);
          return keys.map((key, n) => [String(key), values[n]] as [string, T]);
        },
        () => fallback.entries<T>(prefix),
      ),
    get: <T>(key: string) =>
      use(
        "readonly",
        async (kv) => (await finished(kv.get(key))) as T | undefined,
        () => fallback.get<T>(key),
      ),
    set: (key, value) =>
      use(
        "readwrite",
        async (kv) => void (await finished(kv.put(value, key))),
        () => fallback.set(key, value),
      ),
    delete: (key) =>
      use(
        "readwrite",
        async (kv) => void (await finished(kv.delete(key))),
        () => fallback.delete(key),
      ),
    clear: () =>
      use(
        "readwrite",
        async (kv) => void (await finished(kv.clear())),
        () => fallback.clear(),
      ),
  };
}
