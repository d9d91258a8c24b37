/** The signed table of contents that pins key set and lists (token-format §2.5; acceptance steps T2 and T3). */

import { isObject, text, unsigned, type Json, type JsonObject } from './json'
import { isSignedBy, parseCompact } from './jws'
import { listKey, type KeySet } from './keys'
import { TrustRefusal, trusted } from './refusal'

export interface ShardPin {
  /** The number of indices. */
  readonly size: number
  readonly snapshot: string
  readonly delta: string
  readonly length: number
}

export interface Manifest {
  readonly issuer: string
  readonly version: number
  readonly issuedAt: number
  readonly expiresAt: number
  readonly keys: { readonly version: number; readonly sha256: string }
  readonly shards: ReadonlyMap<number, ShardPin>
}

const MANIFEST_TYPE = 'ecard-manifest+jws'
const SHARD = /^(?:0|[1-9][0-9]{0,8})$/

/** What a manifest says, not yet believed: it tells a client which files to fetch. */
export function parseUnverifiedManifest(jws: string): Manifest | null {
  const message = parseCompact(jws)
  return message && parseManifest(message.payload)
}

/** T2, all but the version, which depends on what was seen before. */
export async function verifyManifest(jws: string, keys: KeySet): Promise<Manifest> {
  const message = trusted(parseCompact(jws), 'manifest_untrusted')
  const manifest = trusted(parseManifest(message.payload), 'manifest_untrusted')
  const key = trusted(listKey(keys, message.header, MANIFEST_TYPE, manifest.issuedAt), 'manifest_untrusted')
  const isSigned = await isSignedBy(key, message.signature, message.signed)
  if (!isSigned || manifest.issuer !== keys.issuer) throw new TrustRefusal('manifest_untrusted')
  return manifest
}

/** T3 */
export function checkPinnedKeys(manifest: Manifest, keys: KeySet, sha256: string): void {
  const isPinned = manifest.keys.version === keys.version && manifest.keys.sha256 === sha256
  if (!isPinned) throw new TrustRefusal('keys_mismatch')
}

function parseManifest(payload: JsonObject): Manifest | null {
  const issuer = text(payload.iss)
  const version = unsigned(payload.version)
  const issuedAt = unsigned(payload.iat)
  const expiresAt = unsigned(payload.exp)
  const keys = parseKeysPin(payload.keys)
  const shards = parseShards(payload.shards)
  if (issuer === null || version === null || issuedAt === null || expiresAt === null) return null
  return keys && shards && { issuer, version, issuedAt, expiresAt, keys, shards }
}

function parseKeysPin(entry: Json | undefined): Manifest['keys'] | null {
  if (!isObject(entry)) return null
  const version = unsigned(entry.version)
  const sha256 = text(entry.sha256)
  return version === null || sha256 === null ? null : { version, sha256 }
}

function parseShards(entries: Json | undefined): Map<number, ShardPin> | null {
  if (!isObject(entries)) return null
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
  const size = unsigned(entry.size)
  const length = unsigned(entry.length)
  const snapshot = text(entry.snapshot)
  const delta = text(entry.delta)
  return size === null || length === null || snapshot === null || delta === null
    ? null
    : { size, snapshot, delta, length }
}
