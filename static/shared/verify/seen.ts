/** What a verifier remembers of all that it ever accepted, so that nothing older is believed (token-format §3; T2a, T5). */

import { findListKey, type KeySet } from './keys'
import type { Manifest } from './manifest'

/** The highest versions and the newest verified time ever seen. */
export interface Seen {
  readonly manifestVersion: number
  readonly keysVersion: number
  /** Seconds since 1970. */
  readonly timeFloor: number
  /** The list key whose word the manifest's version and the time are; empty where none has spoken. */
  readonly listKid: string
}

export const NOTHING_SEEN: Seen = { manifestVersion: 0, keysVersion: 0, timeFloor: 0, listKid: '' }

/** T2a: whether the key set is newer and takes its word from the key that these marks rest on. */
export function isVoid({ listKid, keysVersion }: Seen, keys: KeySet): boolean {
  return listKid !== '' && keys.version > keysVersion && findListKey(keys, listKid) === null
}

/** T2a: what is left then, only what the root said. */
export const reset = ({ keysVersion }: Seen, keys: KeySet): Seen => ({
  ...NOTHING_SEEN,
  keysVersion,
  timeFloor: keys.issuedAt,
})

/** What two tabs have seen: the one that accepted last does not lower what the other raised. */
export function join(other: Seen, seen: Seen): Seen {
  const ahead = other.timeFloor > seen.timeFloor ? other : seen
  return { ...seen, timeFloor: ahead.timeFloor, listKid: ahead.listKid }
}

/**
 * T5, and the versions likewise never fall. The key stays the one before while that one's time is ahead of this manifest's: else a
 * stolen key could push the time into the future, and the next honest manifest would hide whose word that was from T2a.
 */
export function raise(seen: Seen, keys: KeySet, manifest: Manifest): Seen {
  const isNewest = manifest.issuedAt >= seen.timeFloor || seen.listKid === ''
  return {
    manifestVersion: Math.max(seen.manifestVersion, manifest.version),
    keysVersion: Math.max(seen.keysVersion, keys.version),
    timeFloor: Math.max(seen.timeFloor, keys.issuedAt, manifest.issuedAt),
    listKid: isNewest ? manifest.kid : seen.listKid,
  }
}
