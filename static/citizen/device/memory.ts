/** What this phone keeps so that it can show codes without a network: its binding, its credentials with their keys, the offset of its clock. */

import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { ClockRecord } from './clock'
import type { Credential } from './credentials'

/** What the phone keeps of having been linked. */
export interface Binding {
  readonly id: string
  readonly label: string
  /** The device key: it asks for credentials, and signs no code. */
  readonly key: CryptoKey
  /** The scenes of the card when credentials were last fetched, also those that none could be had for. */
  readonly scenes: readonly string[]
  /** Somebody signed in anew since: whether it is the same holder, the server has not said yet. */
  readonly isUnsettled?: boolean
}

interface Schema extends DBSchema {
  facts: { key: 'binding' | 'clock'; value: Binding | ClockRecord }
  credentials: { key: [string, number]; value: Credential }
}

export interface Kept {
  readonly binding: Binding | undefined
  readonly clock: ClockRecord | undefined
  readonly credentials: readonly Credential[]
}

const BOTH: ('facts' | 'credentials')[] = ['facts', 'credentials']

export type DeviceMemory = Awaited<ReturnType<typeof openMemory>>

/** Some browsers never answer the first time that a database is opened; the page must not wait for them. */
const PATIENCE = 3_000

/** Null where the browser keeps nothing or signs nothing: private browsing, storage forbidden, no answer, no HTTPS. */
export async function openMemoryIfAllowed(): Promise<DeviceMemory | null> {
  if (!globalThis.indexedDB || !globalThis.crypto?.subtle) return null
  const patience = new Promise<null>(resolve => setTimeout(resolve, PATIENCE, null))
  try {
    return await Promise.race([openMemory(), patience])
  } catch (error) {
    if (error instanceof DOMException) return null
    throw error
  }
}

function open(name: string): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>(name, 1, {
    upgrade(created) {
      created.createObjectStore('facts')
      created.createObjectStore('credentials', { keyPath: ['scene', 'slot'] })
    },
  })
}

export async function openMemory(name = 'ecard-citizen') {
  let database = await open(name)

  /** A phone may have cut the connection while the page was in the background; then there is another one. */
  async function begin<Mode extends IDBTransactionMode>(mode: Mode) {
    try {
      return database.transaction(BOTH, mode)
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'InvalidStateError')) throw error
      database = await open(name)
      return database.transaction(BOTH, mode)
    }
  }

  async function read(): Promise<Kept> {
    const reading = await begin('readonly')
    const [binding, clock, credentials] = await Promise.all([
      reading.objectStore('facts').get('binding'),
      reading.objectStore('facts').get('clock'),
      reading.objectStore('credentials').getAll(),
    ])
    return { binding: binding as Binding | undefined, clock: clock as ClockRecord | undefined, credentials }
  }

  async function keepClock(record: ClockRecord): Promise<void> {
    const writing = await begin('readwrite')
    await Promise.all([writing.objectStore('facts').put(record, 'clock'), writing.done])
  }

  /** A new binding begins without credentials: those of an earlier one were asked for by another key. */
  async function bind(binding: Binding): Promise<void> {
    const writing = await begin('readwrite')
    await Promise.all([
      writing.objectStore('credentials').clear(),
      writing.objectStore('facts').put(binding, 'binding'),
      writing.done,
    ])
  }

  /** Changes the binding of this id, if it is still there. */
  async function amend(id: string, change: Partial<Binding>): Promise<void> {
    const writing = await begin('readwrite')
    const facts = writing.objectStore('facts')
    const kept = (await facts.get('binding')) as Binding | undefined
    if (kept?.id === id) await facts.put({ ...kept, ...change }, 'binding')
    await writing.done
  }

  /** New credentials take the place of old ones, and dead ones go, all at once or not at all; nothing without its binding. */
  async function keepCredentials(id: string, fresh: readonly Credential[], now: number): Promise<boolean> {
    const writing = await begin('readwrite')
    const kept = (await writing.objectStore('facts').get('binding')) as Binding | undefined
    const credentials = writing.objectStore('credentials')
    if (kept?.id === id) {
      for (const each of await credentials.getAll())
        if (each.expiresAt <= now) await credentials.delete([each.scene, each.slot])
      for (const each of fresh) await credentials.put(each)
    }
    await writing.done
    return kept?.id === id
  }

  /** The binding of this id stays, without any credentials. */
  async function dropCredentials(id: string): Promise<void> {
    const writing = await begin('readwrite')
    const kept = (await writing.objectStore('facts').get('binding')) as Binding | undefined
    if (kept?.id === id) await writing.objectStore('credentials').clear()
    await writing.done
  }

  /** Keys and credentials are gone for good; what was learnt about the clock says nothing about anybody and stays. */
  async function forget(): Promise<void> {
    const writing = await begin('readwrite')
    await Promise.all([
      writing.objectStore('credentials').clear(),
      writing.objectStore('facts').delete('binding'),
      writing.done,
    ])
  }

  return { read, keepClock, bind, amend, keepCredentials, dropCredentials, forget }
}
