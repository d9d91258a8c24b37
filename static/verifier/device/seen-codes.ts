/** The replay memory that outlives a reload: answers at once from memory, writes behind. */

import { BoundedReplayMemory, type ReplayMemory } from '@shared/verify'
import type { DeviceDatabase } from './database'

const CAPACITY = 20_000
/** A code is accepted for at most this long after its expiry (the widest leeway of any policy). */
const LEEWAY = 300

export class SeenCodes implements ReplayMemory {
  private constructor(
    private readonly database: DeviceDatabase,
    private readonly memory: BoundedReplayMemory,
  ) {}

  static async open(database: DeviceDatabase, now: number): Promise<SeenCodes> {
    await forgetExpired(database, now)
    const [tokenIds, times] = await Promise.all([database.getAllKeys('seen'), database.getAll('seen')])
    const entries = tokenIds.map((tokenId, at) => [tokenId, times[at] ?? 0] as const)
    return new SeenCodes(database, new BoundedReplayMemory(entries.slice(-CAPACITY), CAPACITY, LEEWAY))
  }

  admit(tokenId: string, expiresAt: number, now: number): boolean {
    const isNew = this.memory.admit(tokenId, expiresAt, now)
    if (isNew) void this.write(tokenId, expiresAt + LEEWAY)
    return isNew
  }

  /** A browser that keeps nothing still remembers until the page is closed. */
  private async write(tokenId: string, until: number): Promise<void> {
    await this.database.put('seen', until, tokenId).catch(() => undefined)
  }
}

async function forgetExpired(database: DeviceDatabase, now: number): Promise<void> {
  const writing = database.transaction('seen', 'readwrite')
  for (let cursor = await writing.store.openCursor(); cursor; cursor = await cursor.continue()) {
    if (cursor.value < now) await cursor.delete()
  }
  await writing.done
}
