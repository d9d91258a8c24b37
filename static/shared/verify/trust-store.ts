/**
 * The browser's trust folder: the files of docs/token-format.md §3 in IndexedDB. One acceptance is one transaction, so that
 * the power may fail at any instant.
 */

import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb'
import type { Bytes } from './bytes'
import { TrustRefusal } from './refusal'
import { isVoid, NOTHING_SEEN, type Seen } from './seen'
import { acceptTrust, loadTrust, type Trust, type TrustFiles } from './trust'

interface Schema extends DBSchema {
  files: { key: string; value: string | Bytes | Seen }
}

type Writing = IDBPTransaction<Schema, ['files'], 'readwrite'>

const ROOT = 'root.json'
const KEYS = 'keys.json'
const MANIFEST = 'manifest.jws'
const STATE = 'state.json'
const LIST_FILE = /^status-([0-9]+)\.list$/

export class TrustStore {
  private current: Trust | null = null
  private root: string | null = null
  private seen: Seen = NOTHING_SEEN
  private turn: Promise<unknown> = Promise.resolve()
  private kept = true

  private constructor(private readonly database: IDBPDatabase<Schema>) {}

  static async open(name = 'ecard-trust'): Promise<TrustStore> {
    const database = await openDB<Schema>(name, 1, {
      upgrade: opened => void opened.createObjectStore('files'),
    })
    const store = new TrustStore(database)
    await store.readMarks()
    return store
  }

  get held(): Trust | null {
    return this.current
  }

  get rootFile(): string | null {
    return this.root
  }

  /** False once the browser refused to keep what was accepted: it then holds only until the page is closed. */
  get isKept(): boolean {
    return this.kept
  }

  /** Reads and verifies what was kept. Throws a TrustRefusal where it was changed or cut; null where there is nothing. */
  async load(): Promise<Trust | null> {
    const files = await this.readFiles()
    this.current = files && (await loadTrust(files, this.seen))
    return this.current
  }

  /** Trusts this root file from now on and forgets everything that another one signed. */
  async pinRoot(root: string): Promise<void> {
    const writing = this.database.transaction('files', 'readwrite')
    await Promise.all([writing.store.clear(), writing.store.put(root, ROOT), writing.done])
    this.current = null
    this.seen = NOTHING_SEEN
    this.root = root
  }

  /** Steps T1–T5, one acceptance after the other. Throws a TrustRefusal and keeps what it held. */
  accept(files: TrustFiles, now: number): Promise<Trust> {
    const accepted = this.turn.then(() => this.acceptNext(files, now))
    this.turn = accepted.catch(() => undefined)
    return accepted
  }

  async clear(): Promise<void> {
    await this.database.clear('files')
    this.current = null
    this.root = null
    this.seen = NOTHING_SEEN
  }

  close(): void {
    this.database.close()
  }

  private async acceptNext(files: TrustFiles, now: number): Promise<Trust> {
    const trust = await acceptTrust(files, { now, seen: this.seen, held: this.current })
    await this.write(trust)
    this.current = trust
    this.seen = trust.seen
    return trust
  }

  private async write(trust: Trust): Promise<void> {
    try {
      const writing = this.database.transaction('files', 'readwrite')
      await refuseOlder(writing, trust)
      await Promise.all([...changes(writing, trust, this.current), writing.done])
      this.kept = true
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
      this.kept = false // no room, or the browser closed the database
    }
  }

  private async readMarks(): Promise<void> {
    this.root = ((await this.database.get('files', ROOT)) as string | undefined) ?? null
    this.seen = readSeen(await this.database.get('files', STATE))
  }

  private async readFiles(): Promise<TrustFiles | null> {
    const reading = this.database.transaction('files')
    const [names, values] = await Promise.all([reading.store.getAllKeys(), reading.store.getAll()])
    const files = new Map(names.map((name, at) => [name, values[at]]))
    const [root, keys, manifest] = [ROOT, KEYS, MANIFEST].map(name => files.get(name))
    if (typeof root !== 'string' || typeof keys !== 'string' || typeof manifest !== 'string') return null
    return { root, keys, manifest, lists: readLists(files) }
  }
}

/** Another tab may have accepted something newer since this one looked. */
async function refuseOlder(writing: Writing, trust: Trust): Promise<void> {
  const [state, manifest, keys] = await Promise.all(
    [STATE, MANIFEST, KEYS].map(name => writing.store.get(name)),
  )
  const seen = readSeen(state)
  const isOther = (held: unknown, file: string) => held !== undefined && held !== file
  if (
    trust.keys.version < seen.keysVersion ||
    (trust.keys.version === seen.keysVersion && isOther(keys, trust.files.keys))
  )
    throw abort(writing, 'keys_rollback')
  if (isVoid(seen, trust.keys)) return
  const { version } = trust.manifest
  if (
    version < seen.manifestVersion ||
    (version === seen.manifestVersion && isOther(manifest, trust.files.manifest))
  )
    throw abort(writing, 'manifest_rollback')
}

function abort(writing: Writing, code: TrustRefusal['code']): TrustRefusal {
  writing.done.catch(() => undefined)
  writing.abort()
  return new TrustRefusal(code)
}

/** What differs from the last acceptance; the manifest last. */
function* changes({ store }: Writing, trust: Trust, before: Trust | null): Generator<Promise<unknown>> {
  const { files } = trust
  if (files.keys !== before?.files.keys) yield store.put(files.keys, KEYS)
  for (const [shard, bytes] of files.lists) {
    if (bytes !== before?.files.lists.get(shard)) yield store.put(bytes, `status-${shard}.list`)
  }
  for (const shard of before?.files.lists.keys() ?? []) {
    if (!files.lists.has(shard)) yield store.delete(`status-${shard}.list`)
  }
  yield store.put(trust.seen, STATE)
  yield store.put(files.manifest, MANIFEST)
}

/** Marks of before there was `listKid` name no key. */
const readSeen = (kept: unknown): Seen => ({ ...NOTHING_SEEN, ...(kept as Partial<Seen> | undefined) })

function readLists(files: ReadonlyMap<string, unknown>): Map<number, Bytes> {
  const lists = new Map<number, Bytes>()
  for (const [name, bytes] of files) {
    const [, shard] = LIST_FILE.exec(name) ?? []
    if (shard !== undefined && bytes instanceof Uint8Array) lists.set(Number(shard), bytes as Bytes)
  }
  return lists
}
