/**
 * Trust material that has been accepted: steps T1–T5 of docs/token-format.md §3, in that order. Takes bytes and time, keeps
 * nothing: where the files live is the store's affair, where they come from the sync's.
 */

import { sha256, utf8, type Bytes } from './bytes'
import { verifyKeySet, type KeySet } from './keys'
import { checkPinnedKeys, verifyManifest, type Manifest } from './manifest'
import { TrustRefusal } from './refusal'
import { RevokedList } from './revoked-list'
import { parseRoot, type Root } from './root'
import { isVoid, raise, reset, type Seen } from './seen'

/** All files as served; a list that has not been fetched is absent. */
export interface TrustFiles {
  readonly root: string
  readonly keys: string
  readonly manifest: string
  /** By the number of the shard. */
  readonly lists: ReadonlyMap<number, Bytes>
}

export interface Trust {
  readonly files: TrustFiles
  readonly root: Root
  readonly keys: KeySet
  readonly manifest: Manifest
  readonly lists: ReadonlyMap<number, RevokedList>
  readonly seen: Seen
}

type SignedKeys = Pick<Trust, 'root' | 'keys'>

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
  return acceptLists(files, { root, keys }, seen, held)
}

/** Material that was accepted before, read again from where it was kept: all checks but the expiry, which `verify` makes. */
export async function loadTrust(files: TrustFiles, seen: Seen): Promise<Trust> {
  return acceptLists(files, await acceptKeys(files, seen, null), seen, null)
}

/** T1 without expiry. */
async function acceptKeys(files: TrustFiles, seen: Seen, held: Trust | null): Promise<SignedKeys> {
  if (held?.files.root === files.root && held.files.keys === files.keys) return held
  const root = await parseRoot(files.root)
  const keys = await verifyKeySet(files.keys, root)
  const isOtherOfSameVersion = keys.version === held?.keys.version
  if (keys.version < seen.keysVersion || isOtherOfSameVersion) throw new TrustRefusal('keys_rollback')
  return { root, keys }
}

/** T2–T5 */
async function acceptLists(
  files: TrustFiles,
  { root, keys }: SignedKeys,
  before: Seen,
  held: Trust | null,
): Promise<Trust> {
  const manifest = await verifyManifest(files.manifest, keys)
  const isReset = isVoid(before, keys)
  const seen = isReset ? reset(before, keys) : before
  checkManifestVersion(manifest, files.manifest, seen, isReset ? null : held)
  checkPinnedKeys(manifest, keys, await sha256(utf8(files.keys)))
  const lists = await readLists(files, manifest, held)
  return { files, root, keys, manifest, lists, seen: raise(seen, keys, manifest) }
}

function checkManifestVersion({ version }: Manifest, jws: string, seen: Seen, held: Trust | null): void {
  const isOlder = version < seen.manifestVersion
  const isOtherOfSameVersion = version === held?.manifest.version && jws !== held.files.manifest
  if (isOlder || isOtherOfSameVersion) throw new TrustRefusal('manifest_rollback')
}

/** T4; a list that the manifest no longer names is passed over. */
async function readLists(
  files: TrustFiles,
  { shards, size }: Manifest,
  held: Trust | null,
): Promise<Map<number, RevokedList>> {
  const lists = new Map<number, RevokedList>()
  for (const [shard, bytes] of files.lists) {
    const pin = shards.get(shard)
    if (pin === undefined) continue
    const known = held?.lists.get(shard)
    const isKnown = known?.sha256 === pin.sha256 && known.bytes === bytes
    lists.set(shard, isKnown ? known.checked(size) : await RevokedList.read(bytes, pin.sha256, size))
  }
  return lists
}
