/**
 * The browser's trust folder: the files of docs/token-format.md §3 in IndexedDB. One acceptance is one transaction, so that
 * the power may fail at any instant.
 */

import { openDB } from 'idb'
import { isVoid, join, NOTHING_SEEN, type Seen } from './seen'
import { acceptTrust, loadTrust, type Trust, type TrustFiles } from './trust'
import {
  abort,
  changes,
  readFiles,
  readKept,
  readSeen,
  refusalOf,
  ROOT,
  STATE,
  type Schema,
  type TrustDatabase,
} from './trust-folder'

export class TrustStore {
  private current: Trust | null = null
  private root: string | null = null
  private seen: Seen = NOTHING_SEEN
  private turn: Promise<unknown> = Promise.resolve()
  private kept = true

  private constructor(private readonly database: TrustDatabase) {}

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
    const files = await readFiles(this.database)
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
    const accepted = await acceptTrust(files, { now, seen: this.seen, held: this.current })
    this.seen = await this.write(accepted)
    this.current = { ...accepted, seen: this.seen }
    return this.current
  }

  /** Keeps what was accepted and returns the marks that now hold. */
  private async write(trust: Trust): Promise<Seen> {
    try {
      const writing = this.database.transaction('files', 'readwrite')
      const kept = await readKept(writing)
      const refusal = refusalOf(trust, kept)
      if (refusal !== null) throw abort(writing, refusal)
      const seen = isVoid(kept.seen, trust.keys) ? trust.seen : join(kept.seen, trust.seen)
      await Promise.all([...changes(writing, { ...trust, seen }, kept, this.current), writing.done])
      this.kept = true
      return seen
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
      this.kept = false // no room, or the browser closed the database
      return trust.seen
    }
  }

  private async readMarks(): Promise<void> {
    this.root = ((await this.database.get('files', ROOT)) as string | undefined) ?? null
    this.seen = readSeen(await this.database.get('files', STATE))
  }
}
