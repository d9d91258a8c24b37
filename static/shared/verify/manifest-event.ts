/** What the stream tells: a manifest, and changes that may lead to its lists (token-format §2.6). */

import { fromBase64url, type Bytes } from './bytes'
import { isObject, parseObject, text, unsigned, type Json } from './json'
import { isWithin } from './limits'
import { CHANGE_BYTES } from './revoked-list'

export interface ManifestEvent {
  readonly manifest: string
  /** By the number of the shard. */
  readonly changes: ReadonlyMap<number, Changes>
}

const SHARD = /^[0-9]{1,9}$/

/** The changes of one shard from number `first` on. */
export class Changes {
  constructor(
    private readonly first: number,
    private readonly words: Bytes,
  ) {}

  /** Those from number `known` on; null where they do not reach back so far. */
  since(known: number): Bytes | null {
    return known >= this.first ? this.words.slice(CHANGE_BYTES * (known - this.first)) : null
  }
}

/** The data of a `manifest` event, or null where it is not of that form. */
export function parseManifestEvent(data: string): ManifestEvent | null {
  const event = isWithin(data, 'event') ? parseObject(data) : null
  const manifest = text(event?.manifest)
  if (manifest === null || !isObject(event?.changes)) return null
  const changes = new Map<number, Changes>()
  for (const [shard, entry] of Object.entries(event.changes)) {
    const read = parseChanges(entry)
    if (read === null || !SHARD.test(shard)) return null
    changes.set(Number(shard), read)
  }
  return { manifest, changes }
}

function parseChanges(entry: Json): Changes | null {
  if (!isObject(entry)) return null
  const first = unsigned(entry.from)
  const words = fromBase64url(text(entry.words) ?? '!')
  return first === null || words === null || words.length % CHANGE_BYTES !== 0
    ? null
    : new Changes(first, words)
}
