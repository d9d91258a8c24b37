/** The trust bundles of tests/vectors/trust/, which Python writes. */

import { loadTrust, type Trust } from '@shared/verify'
import { fromBase64url, type Bytes } from '@shared/verify/bytes'

export interface Bundle {
  root: string
  keys: string
  manifest: string
  lists: Record<string, string>
  state: { manifest_version: number; keys_version: number; time_floor: number; list_kid: string }
}

export function loadBundle({ root, keys, manifest, lists: written, state }: Bundle): Promise<Trust> {
  const lists = new Map<number, Bytes>()
  for (const [shard, list] of Object.entries(written)) {
    const bytes = fromBase64url(list)
    if (bytes !== null) lists.set(Number(shard), bytes)
  }
  const seen = {
    manifestVersion: state.manifest_version,
    keysVersion: state.keys_version,
    timeFloor: state.time_floor,
    listKid: state.list_kid,
  }
  return loadTrust({ root, keys, manifest, lists }, seen)
}
