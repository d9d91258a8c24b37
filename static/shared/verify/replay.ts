/** The memory of codes seen at this verifier (step 17): bounded, and no longer than a code could be accepted again. */

/** What `verify` asks: true the first time a token is presented. It notes the token as it answers. */
export interface ReplayMemory {
  admit(tokenId: string, expiresAt: number, now: number): boolean
}

export class BoundedReplayMemory implements ReplayMemory {
  private readonly seen: Map<string, number>

  /** `entries`: token id → the second after which it need not be remembered. */
  constructor(
    entries: Iterable<readonly [string, number]> = [],
    private readonly capacity = 20_000,
    private readonly leeway = 300,
  ) {
    this.seen = new Map(entries)
  }

  admit(tokenId: string, expiresAt: number, now: number): boolean {
    if (this.seen.has(tokenId)) return false
    if (this.seen.size >= this.capacity) this.makeRoom(now)
    this.seen.set(tokenId, expiresAt + this.leeway)
    return true
  }

  get size(): number {
    return this.seen.size
  }

  /** What has expired goes first; when nothing has, the oldest presentation does. */
  private makeRoom(now: number): void {
    for (const [tokenId, until] of this.seen) {
      if (until < now) this.seen.delete(tokenId)
    }
    for (const tokenId of this.seen.keys()) {
      if (this.seen.size < this.capacity) return
      this.seen.delete(tokenId)
    }
  }
}
