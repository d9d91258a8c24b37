/** The memory of codes seen at this verifier (docs/token-format.md §4, «Replay memory»; step 20). */

/** Never seen, read twice by one scanner, or shown again. The last two are codes of a verdict. */
export type Sighting = 'first' | 'double_read' | 'replayed'

/** A code as it is sighted. Times are seconds since 1970. */
export interface Sight {
  /** Hex. */
  readonly tokenId: string
  /** The code's time, of a device code the phone's: a text can be rewritten by anyone, so it is no name. */
  readonly issuedAt: number
  readonly now: number
  /** When no clock within the leeway accepts the code any more. */
  readonly forgetAt: number
}

/** What `verify` asks. It notes the code as it answers. */
export interface ReplayMemory {
  sight(sight: Sight): Sighting
}

/** What is remembered of a code; times are seconds since 1970. */
export interface Sighted {
  readonly last: number
  readonly forgetAt: number
}

/** A code that comes again within so many seconds of the last sight was read twice, not shown twice. */
const DOUBLE_READ = 2
const CAPACITY = 20_000

export const nameOf = ({ tokenId, issuedAt }: Pick<Sight, 'tokenId' | 'issuedAt'>): string =>
  `${tokenId}:${issuedAt}`

export class BoundedReplayMemory implements ReplayMemory {
  private readonly sights: Map<string, Sighted>

  /** `entries`: what was seen before, by `nameOf`. */
  constructor(
    entries: Iterable<readonly [string, Sighted]> = [],
    private readonly capacity = CAPACITY,
  ) {
    this.sights = new Map(entries)
  }

  /** A sight of any kind counts as the last one. */
  sight(sight: Sight): Sighting {
    const { now, forgetAt } = sight
    const name = nameOf(sight)
    const before = this.sights.get(name)
    const last = before !== undefined && before.forgetAt > now ? before.last : undefined
    if (before === undefined && this.sights.size >= this.capacity) this.makeRoom(now)
    this.sights.set(name, { last: now, forgetAt })
    if (last === undefined) return 'first'
    return now - last <= DOUBLE_READ ? 'double_read' : 'replayed'
  }

  get size(): number {
    return this.sights.size
  }

  /** What would be forgotten first leaves first. */
  private makeRoom(now: number): void {
    let [next, soonest] = ['', Infinity]
    for (const [name, { forgetAt }] of this.sights) {
      if (forgetAt <= now) this.sights.delete(name)
      else if (forgetAt < soonest) [next, soonest] = [name, forgetAt]
    }
    if (this.sights.size >= this.capacity) this.sights.delete(next)
  }
}
