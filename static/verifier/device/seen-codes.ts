/** The replay memory that outlives a reload: answers at once from memory, writes behind. */

import { BoundedReplayMemory, type ReplayMemory, type Sight, type Sighting } from '@shared/verify'
import { nameOf, type Sighted } from '@shared/verify/replay'
import type { DeviceDatabase } from './database'

const CAPACITY = 20_000
/** A page may stay open for months: what has expired leaves the database once in so many sights. */
const TIDIED_AFTER = 500

export class SeenCodes implements ReplayMemory {
  private sights = 0

  private constructor(
    private readonly database: DeviceDatabase,
    private readonly memory: BoundedReplayMemory,
  ) {}

  static async open(database: DeviceDatabase, now: number): Promise<SeenCodes> {
    await forgetExpired(database, now)
    const [names, sighted] = await Promise.all([database.getAllKeys('seen'), database.getAll('seen')])
    const entries = names.map((name, at) => [name, sighted[at] as Sighted] as const)
    return new SeenCodes(database, new BoundedReplayMemory(entries.slice(-CAPACITY), CAPACITY))
  }

  sight(sight: Sight): Sighting {
    const sighting = this.memory.sight(sight)
    void this.write(nameOf(sight), { last: sight.now, forgetAt: sight.forgetAt }).catch(() => undefined)
    return sighting
  }

  /** A browser that keeps nothing still remembers until the page is closed. */
  private async write(name: string, sighted: Sighted): Promise<void> {
    await this.database.put('seen', sighted, name)
    this.sights += 1
    if (this.sights % TIDIED_AFTER === 0) await forgetExpired(this.database, sighted.last)
  }
}

async function forgetExpired(database: DeviceDatabase, now: number): Promise<void> {
  const writing = database.transaction('seen', 'readwrite')
  const expired = IDBKeyRange.upperBound(now)
  let cursor = await writing.store.index('forgetAt').openCursor(expired)
  for (; cursor; cursor = await cursor.continue()) await cursor.delete()
  await writing.done
}
