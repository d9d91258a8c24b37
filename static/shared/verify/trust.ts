/**
 * Trust material that has been accepted: steps T1–T5 of docs/token-format.md §3, in that order. Takes bytes and time, keeps
 * nothing: where the files live is the store's affair, where they come from the sync's.
 */

import { sha256, utf8 } from './bytes'
import { parseRoot, verifyKeySet, type KeySet, type Root } from './keys'
import { checkPinnedKeys, verifyManifest, type Manifest } from './manifest'
import { TrustRefusal } from './refusal'
import { verifyStatusList, type ShardFiles, type StatusList } from './status-list'

/** All files as served; a shard that has not been fetched is absent. */
export interface TrustFiles {
  readonly root: string
  readonly keys: string
  readonly manifest: string
  readonly shards: ReadonlyMap<number, ShardFiles>
}

/** The highest versions and the newest verified time ever seen: what no update may fall behind. */
export interface Seen {
  readonly manifestVersion: number
  readonly keysVersion: number
  readonly timeFloor: number
}

export interface Trust {
  readonly files: TrustFiles
  readonly root: Root
  readonly keys: KeySet
  readonly manifest: Manifest
  readonly shards: ReadonlyMap<number, StatusList>
  readonly seen: Seen
}

type SignedKeys = Pick<Trust, 'root' | 'keys'>

export const NOTHING_SEEN: Seen = { manifestVersion: 0, keysVersion: 0, timeFloor: 0 }

export interface AcceptOptions {
  /** Seconds since 1970. */
  readonly now: number
  readonly seen: Seen
  /** What is held already: its unchanged parts are not verified again. */
  readonly held?: Trust | null
}

/** New material from the network. Throws a TrustRefusal that names the failed check. */
export async function acceptTrust(
  files: TrustFiles,
  { now, seen, held = null }: AcceptOptions,
): Promise<Trust> {
  const { root, keys } = await acceptKeys(files, seen, held)
  if (keys.expiresAt <= now) throw new TrustRefusal('keys_expired')
  return acceptLists(files, root, keys, seen, held)
}

/** Material that was accepted before, read again from where it was kept: all checks but the expiry, which `verify` makes. */
export async function loadTrust(files: TrustFiles, seen: Seen): Promise<Trust> {
  const { root, keys } = await acceptKeys(files, seen, null)
  return acceptLists(files, root, keys, seen, null)
}

/** T1 without expiry. */
async function acceptKeys(files: TrustFiles, seen: Seen, held: Trust | null): Promise<SignedKeys> {
  const isHeld = held?.files.root === files.root && held.files.keys === files.keys
  const { root, keys } = isHeld ? held : await verifyKeys(files)
  if (keys.version < seen.keysVersion) throw new TrustRefusal('keys_rollback')
  return { root, keys }
}

async function verifyKeys(files: TrustFiles): Promise<SignedKeys> {
  const root = await parseRoot(files.root)
  return { root, keys: await verifyKeySet(files.keys, root) }
}

/** T2–T5 */
async function acceptLists(
  files: TrustFiles,
  root: Root,
  keys: KeySet,
  seen: Seen,
  held: Trust | null,
): Promise<Trust> {
  const manifest = await verifyManifest(files.manifest, keys)
  checkManifestVersion(manifest, files.manifest, seen, held)
  checkPinnedKeys(manifest, keys, await sha256(utf8(files.keys)))
  const shards = new Map<number, StatusList>()
  for (const [shard, listed] of files.shards) {
    const list = await acceptShard(shard, listed, manifest, keys, held)
    if (list !== null) shards.set(shard, list)
  }
  return { files, root, keys, manifest, shards, seen: raise(seen, keys, manifest) }
}

function checkManifestVersion({ version }: Manifest, jws: string, seen: Seen, held: Trust | null): void {
  const isOlder = version < seen.manifestVersion
  const isOtherOfSameVersion = version === held?.manifest.version && jws !== held.files.manifest
  if (isOlder || isOtherOfSameVersion) throw new TrustRefusal('manifest_rollback')
}

/** T4; null for a shard that the manifest no longer names. */
async function acceptShard(
  shard: number,
  files: ShardFiles,
  manifest: Manifest,
  keys: KeySet,
  held: Trust | null,
): Promise<StatusList | null> {
  const pin = manifest.shards.get(shard)
  if (pin === undefined) return null
  const isSameSnapshot = held?.keys === keys && held.files.shards.get(shard)?.snapshot === files.snapshot
  const known = isSameSnapshot ? held.shards.get(shard) : undefined
  return known === undefined ? verifyStatusList(shard, files, pin, keys) : known.withDelta(pin, files.delta)
}

/** T5 for the time; the versions likewise never fall. */
function raise(seen: Seen, keys: KeySet, manifest: Manifest): Seen {
  return {
    manifestVersion: Math.max(seen.manifestVersion, manifest.version),
    keysVersion: Math.max(seen.keysVersion, keys.version),
    timeFloor: Math.max(seen.timeFloor, manifest.issuedAt),
  }
}
