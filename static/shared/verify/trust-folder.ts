/** How the files of docs/token-format.md §3 lie in IndexedDB, and what one acceptance changes there in its one transaction. */

import type { DBSchema, IDBPDatabase, IDBPTransaction } from 'idb'
import type { Bytes } from './bytes'
import { TrustRefusal, type TrustCode } from './refusal'
import { isVoid, NOTHING_SEEN, type Seen } from './seen'
import type { Trust, TrustFiles } from './trust'

export interface Schema extends DBSchema {
  files: { key: string; value: string | Bytes | Seen }
}

export type TrustDatabase = IDBPDatabase<Schema>

export type Writing = IDBPTransaction<Schema, ['files'], 'readwrite'>

export const ROOT = 'root.json'
const KEYS = 'keys.json'
const MANIFEST = 'manifest.jws'
export const STATE = 'state.json'
const LIST_PREFIX = 'status-'
const LIST_FILE = /^status-([0-9]+)\.list$/

const listFile = (shard: number): string => `${LIST_PREFIX}${shard}.list`

/** All that was kept, unverified; null where a part is missing that every folder has. */
export async function readFiles(database: TrustDatabase): Promise<TrustFiles | null> {
  const reading = database.transaction('files')
  const [names, values] = await Promise.all([reading.store.getAllKeys(), reading.store.getAll()])
  const files = new Map(names.map((name, at) => [name, values[at]]))
  const [root, keys, manifest] = [ROOT, KEYS, MANIFEST].map(name => files.get(name))
  if (typeof root !== 'string' || typeof keys !== 'string' || typeof manifest !== 'string') return null
  return { root, keys, manifest, lists: readLists(files) }
}

/** What the database holds, perhaps by another tab. */
export interface Kept {
  readonly seen: Seen
  readonly manifest: unknown
  readonly keys: unknown
  readonly names: readonly string[]
}

export async function readKept({ store }: Writing): Promise<Kept> {
  const [state, manifest, keys] = await Promise.all([STATE, MANIFEST, KEYS].map(name => store.get(name)))
  return { seen: readSeen(state), manifest, keys, names: await store.getAllKeys() }
}

/** Another tab may have accepted something newer since this one looked. */
export function refusalOf({ keys, manifest, files }: Trust, kept: Kept): TrustCode | null {
  const { keysVersion, manifestVersion } = kept.seen
  const isBehind = (version: number, seen: number, file: string, other: unknown) =>
    version < seen || (version === seen && other !== undefined && other !== file)
  if (isBehind(keys.version, keysVersion, files.keys, kept.keys)) return 'keys_rollback'
  if (isVoid(kept.seen, keys)) return null
  return isBehind(manifest.version, manifestVersion, files.manifest, kept.manifest)
    ? 'manifest_rollback'
    : null
}

export function abort(writing: Writing, code: TrustCode): TrustRefusal {
  writing.done.catch(() => undefined)
  writing.abort()
  return new TrustRefusal(code)
}

/** What differs from what is kept, of which the last acceptance tells unless it was another tab's; the manifest last. */
export function* changes(
  { store }: Writing,
  { files, seen }: Trust,
  kept: Kept,
  current: Trust | null,
): Generator<Promise<unknown>> {
  const before = current?.files.manifest === kept.manifest ? current?.files : undefined
  if (files.keys !== kept.keys) yield store.put(files.keys, KEYS)
  for (const [shard, bytes] of files.lists) {
    if (bytes !== before?.lists.get(shard)) yield store.put(bytes, listFile(shard))
  }
  const named = new Set(Array.from(files.lists.keys(), listFile))
  for (const name of kept.names) {
    if (name.startsWith(LIST_PREFIX) && !named.has(name)) yield store.delete(name)
  }
  yield store.put(seen, STATE)
  yield store.put(files.manifest, MANIFEST)
}

/** Marks of before there was `listKid` name no key. */
export const readSeen = (kept: unknown): Seen => ({ ...NOTHING_SEEN, ...(kept as Partial<Seen> | undefined) })

function readLists(files: ReadonlyMap<string, unknown>): Map<number, Bytes> {
  const lists = new Map<number, Bytes>()
  for (const [name, bytes] of files) {
    const [, shard] = LIST_FILE.exec(name) ?? []
    if (shard !== undefined && bytes instanceof Uint8Array) lists.set(Number(shard), bytes as Bytes)
  }
  return lists
}
