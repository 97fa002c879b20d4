const chunk = 64;

/** Where each row of a long list is: measured ones by their height, the others by an estimate. Rows are seqs from `base` on. */
export class Heights {
  base = 1;
  readonly estimate: number;
  readonly #known = new Map<number, number>();
  /** By chunk: how much its measured rows differ from the estimate. */
  readonly #deltas = new Map<number, number>();

  constructor(estimate: number) {
    this.estimate = estimate;
  }

  set(seq: number, height: number): void {
    const before = this.#known.get(seq) ?? this.estimate;
    if (before === height) return;
    this.#known.set(seq, height);
    const at = Math.floor(seq / chunk);
    this.#deltas.set(at, (this.#deltas.get(at) ?? 0) + height - before);
  }

  /** Another width: everything has to be measured again. */
  forget(): void {
    this.#known.clear();
    this.#deltas.clear();
  }

  of(seq: number): number {
    return this.#known.get(seq) ?? this.estimate;
  }

  /** The top of a row, from the top of the first. */
  top(seq: number): number {
    let y = (seq - this.base) * this.estimate;
    const own = Math.floor(seq / chunk);
    const first = Math.floor(this.base / chunk);
    for (const [at, delta] of this.#deltas) {
      if (at > first && at < own) y += delta;
    }
    // The chunks at both ends count in part.
    for (let s = Math.max(this.base, own * chunk); s < seq; s += 1) y += this.of(s) - this.estimate;
    if (own !== first) for (let s = this.base; s < (first + 1) * chunk; s += 1) y += this.of(s) - this.estimate;
    return y;
  }

  /** The row at a height. */
  at(y: number, last: number): number {
    let low = this.base;
    let high = Math.max(this.base, last);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.top(middle) <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
