/** The signed table of contents that pins key set and lists (token-format §2.5; acceptance steps T2 and T3). */

import { isObject, text, unsigned, type Json, type JsonObject } from './json'
import { isSignedBy, parseCompact } from './jws'
import { listKey, type KeySet } from './keys'
import { isWithin } from './limits'
import { TrustRefusal, trusted } from './refusal'

export interface ShardPin {
  /** How many changes led to the list. */
  readonly changes: number
  readonly sha256: string
}

export interface Manifest {
  /** The list key that signed it. */
  readonly kid: string
  readonly version: number
  readonly issuedAt: number
  readonly expiresAt: number
  readonly keys: { readonly version: number; readonly sha256: string }
  /** The number of indices of every shard. */
  readonly size: number
  readonly shards: ReadonlyMap<number, ShardPin>
}

const MANIFEST_TYPE = 'ecard-manifest+jws'
const SHARD = /^(?:0|[1-9][0-9]{0,8})$/
/** Two or three are alive at a time. */
const MAX_SHARDS = 64
/** Eight times a city of 33 million. */
const MAX_SIZE = 2 ** 28

/** What a manifest says, not yet believed: it tells a client which files to fetch. */
export function parseUnverifiedManifest(jws: string): Manifest | null {
  const message = isWithin(jws, 'manifest') ? parseCompact(jws) : null
  return message && parseManifest(message.header, message.payload)
}

/** T2, all but the version, which depends on what was seen before. */
export async function verifyManifest(jws: string, keys: KeySet): Promise<Manifest> {
  const message = trusted(isWithin(jws, 'manifest') ? parseCompact(jws) : null, 'manifest_untrusted')
  const { header, payload, signature, signed } = message
  const manifest = trusted(parseManifest(header, payload), 'manifest_untrusted')
  const { key } = trusted(listKey(keys, header, MANIFEST_TYPE, manifest.issuedAt), 'manifest_untrusted')
  if (!(await isSignedBy(key, signature, signed))) throw new TrustRefusal('manifest_untrusted')
  return manifest
}

/** T3 */
export function checkPinnedKeys(manifest: Manifest, keys: KeySet, sha256: string): void {
  const isPinned = manifest.keys.version === keys.version && manifest.keys.sha256 === sha256
  if (!isPinned) throw new TrustRefusal('keys_mismatch')
}

function parseManifest(header: JsonObject, payload: JsonObject): Manifest | null {
  const kid = text(header.kid)
  const version = unsigned(payload.version)
  const issuedAt = unsigned(payload.iat)
  const expiresAt = unsigned(payload.exp)
  const size = unsigned(payload.size)
  const keys = parseKeysPin(payload.keys)
  const shards = parseShards(payload.shards)
  if (kid === null || version === null || issuedAt === null || expiresAt === null) return null
  if (size === null || size < 1 || size > MAX_SIZE) return null
  return keys && shards && { kid, version, issuedAt, expiresAt, keys, size, shards }
}

function parseKeysPin(entry: Json | undefined): Manifest['keys'] | null {
  if (!isObject(entry)) return null
  const version = unsigned(entry.version)
  const sha256 = text(entry.sha256)
  return version === null || sha256 === null ? null : { version, sha256 }
}

function parseShards(entries: Json | undefined): Map<number, ShardPin> | null {
  if (!isObject(entries) || Object.keys(entries).length > MAX_SHARDS) return null
  const shards = new Map<number, ShardPin>()
  for (const [name, entry] of Object.entries(entries)) {
    const pin = parsePin(entry)
    if (pin === null || !SHARD.test(name)) return null
    shards.set(Number(name), pin)
  }
  return shards
}

function parsePin(entry: Json): ShardPin | null {
  if (!isObject(entry)) return null
  const changes = unsigned(entry.changes)
  const sha256 = text(entry.sha256)
  return changes === null || sha256 === null ? null : { changes, sha256 }
}
