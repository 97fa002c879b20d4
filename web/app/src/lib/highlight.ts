export interface Piece {
  text: string;
  found: boolean;
}

const lead = 60;

/** A text cut up where something was found; what is far before the first find is left out. */
export function pieces(text: string, finds: readonly string[], most = 240): Piece[] {
  // The longest first, so that a word is not cut short by its own beginning.
  const wanted = [...new Set(finds)].filter((one) => one.length > 0).sort((a, b) => b.length - a.length);
  const next = (from: number): [number, string] | null => {
    let best: [number, string] | null = null;
    for (const one of wanted) {
      const at = text.indexOf(one, from);
      if (at >= 0 && (best === null || at < best[0])) best = [at, one];
    }
    return best;
  };
  const first = next(0)?.[0] ?? 0;
  let at = 0;
  const out: Piece[] = [];
  if (first > lead + 20) {
    const blank = text.indexOf(" ", first - lead);
    at = blank >= 0 && blank < first ? blank + 1 : first - lead;
    out.push({ text: "…", found: false });
  }
  const end = Math.min(text.length, at + most);
  for (let find = next(at); find !== null && find[0] < end; find = next(at)) {
    if (find[0] > at) out.push({ text: text.slice(at, find[0]), found: false });
    out.push({ text: find[1], found: true });
    at = find[0] + find[1].length;
  }
  if (at < end) out.push({ text: text.slice(at, end), found: false });
  if (end < text.length) out.push({ text: "…", found: false });
  return out;
}
