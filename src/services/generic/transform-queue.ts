/** What waits under one key, and the time that has been spent on it, in the queue's own time. */
interface Lane<Item> {
  readonly waiting: Item[];
  usedMs: number;
}

/**
 * Whose turn it is: what waits under a key stays in order, and the key on which the least time was spent goes first. So whoever takes long
 * waits until the others have had as much, and a key that comes anew waits for no more than what is under way. With equal runs that is each
 * key by turns.
 *
 * The queue's time is that of the key whose turn came last. A key that had nothing to do meanwhile begins there: it saves up no claim.
 */
export class FairQueue<Item> {
  readonly #lanes = new Map<string, Lane<Item>>();
  #nowMs = 0;

  add(key: string, item: Item): void {
    const lane = this.#lanes.get(key);
    if (lane === undefined) this.#lanes.set(key, { waiting: [item], usedMs: this.#nowMs });
    else lane.waiting.push(item);
  }

  /** Takes what is next; the time that it takes has to be told (`spend`) before the next is taken. */
  take(): { readonly key: string; readonly item: Item } | undefined {
    let next: [string, Lane<Item>] | undefined;
    for (const [key, lane] of this.#lanes) {
      if (lane.waiting.length > 0 && (next === undefined || lane.usedMs < next[1].usedMs)) next = [key, lane];
    }
    // Nobody waits, so nobody has a claim on anybody.
    if (next === undefined) this.#lanes.clear();
    const item = next?.[1].waiting.shift();
    if (next === undefined || item === undefined) return undefined;
    this.#nowMs = next[1].usedMs;
    return { key: next[0], item };
  }

  /** Notes what was spent on a key. @param ms counts as 1 at least, so that equal keys take turns */
  spend(key: string, ms: number): void {
    const lane = this.#lanes.get(key);
    if (lane !== undefined) lane.usedMs += Math.max(1, ms);
    for (const [other, { waiting, usedMs }] of this.#lanes) if (waiting.length === 0 && usedMs <= this.#nowMs) this.#lanes.delete(other);
  }
}
