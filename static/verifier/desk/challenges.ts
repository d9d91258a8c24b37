/**
 * The number that a desk shows and that the next code must answer (docs/token-format.md §1.4), so that a code made elsewhere a
 * moment ago is of no use. New for each customer and after a minute.
 */

/** Milliseconds. */
const LASTS = 60_000
/** A phone draws its code anew every 15 s and answers on: that is still the customer who was just served. */
const ECHO = 20_000
const LEAST = 100_000
const COUNT = 900_000
/** The multiples of `COUNT` below it are taken, so that no number is likelier than another. */
const FAIR = Math.floor(2 ** 32 / COUNT) * COUNT

/** Six digits without a leading zero: what is typed and what the picture says are the same. */
export function drawNumber(fill: (into: Uint32Array<ArrayBuffer>) => unknown): number {
  const into = new Uint32Array(1)
  for (;;) {
    fill(into)
    const [drawn = FAIR] = into
    if (drawn < FAIR) return LEAST + (drawn % COUNT)
  }
}

/** Times are milliseconds of one clock that never goes back. */
export class Challenges {
  private number: number
  private shownAt: number
  private before: { readonly number: number; readonly until: number } | null = null
  private answered: { readonly number: number; readonly until: number } | null = null

  constructor(
    private readonly draw: () => number,
    now: number,
  ) {
    this.number = draw()
    this.shownAt = now
  }

  /** What to show. One that ran out is still taken for a minute: somebody may be typing it. */
  current(now: number): number {
    if (now - this.shownAt >= LASTS) {
      this.before = { number: this.number, until: this.shownAt + 2 * LASTS }
      this.renew(now)
    }
    return this.number
  }

  /** What a code may answer, the one on the screen first. */
  accepted(now: number): readonly number[] {
    const current = this.current(now)
    return this.before !== null && now < this.before.until ? [current, this.before.number] : [current]
  }

  /** The number of the customer who was served a moment ago; a code that answers it is no news. */
  echo(now: number): number | null {
    return this.answered !== null && now < this.answered.until ? this.answered.number : null
  }

  /** The customer has been served: what was shown counts no more. */
  settle(answered: number, now: number): void {
    this.answered = { number: answered, until: now + ECHO }
    this.startOver(now)
  }

  /** The next customer. */
  startOver(now: number): void {
    this.before = null
    this.renew(now)
  }

  private renew(now: number): void {
    this.number = this.draw()
    this.shownAt = now
  }
}
