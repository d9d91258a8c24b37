/** Everything that this device is and keeps, put together once when the page starts. */

import { TrustRefusal, type Policy, type TrustCode } from '@shared/verify'
import { TrustStore } from '@shared/verify/trust-store'
import { shallowRef, type InjectionKey, type ShallowRef } from 'vue'
import { secondsNow } from '../desk/use-now'
import { openDeviceDatabase, type DeviceDatabase } from './database'
import { forgetIdentity, keepIdentity, readIdentity, type Identity } from './identity'
import { SectorKeys } from '../sealed/sector-keys'
import { SeenCodes } from './seen-codes'
import { keepSettings, readSettings, type Settings } from './settings'
import { VerifierApi } from './verifier-api'

export type Obstacle = 'insecure' | 'old' | 'storage'

export interface Device {
  readonly database: DeviceDatabase
  readonly store: TrustStore
  /** Why the trust material kept here no longer holds, if so. */
  readonly keptRefusal: TrustCode | null
  readonly api: VerifierApi
  readonly seen: SeenCodes
  readonly sectors: SectorKeys
  readonly identity: ShallowRef<Identity | null>
  readonly settings: ShallowRef<Settings>
}

export const deviceKey: InjectionKey<Device> = Symbol('device')
export const languageKey: InjectionKey<() => string> = Symbol('language')

/** What this browser lacks, if anything. */
export function obstacleOf(scope: typeof globalThis = globalThis): Obstacle | null {
  if (!scope.isSecureContext) return 'insecure'
  const needed = ['indexedDB', 'OffscreenCanvas', 'createImageBitmap', 'Worker', 'EventSource']
  return needed.every(name => name in scope) ? null : 'old'
}

/** Null where the browser keeps nothing: private browsing, or storage forbidden. */
export async function openDevice(language: () => string): Promise<Device | null> {
  try {
    const database = await openDeviceDatabase()
    const store = await TrustStore.open()
    const keptRefusal = await loadKept(store)
    return {
      database,
      store,
      keptRefusal,
      api: new VerifierApi(language, secondsNow),
      seen: await SeenCodes.open(database, secondsNow()),
      sectors: await SectorKeys.open(database, secondsNow()),
      identity: shallowRef(await readIdentity(database)),
      settings: shallowRef(await readSettings(database)),
    }
  } catch (error) {
    if (error instanceof DOMException) return null
    throw error
  }
}

/** Reads what was kept. Material that does not hold any more is named and fetched anew; the marks against roll-back stay. */
async function loadKept(store: TrustStore): Promise<TrustCode | null> {
  try {
    await store.load()
    return null
  } catch (error) {
    if (error instanceof TrustRefusal) return error.code
    throw error
  }
}

export function changeSettings({ database, settings }: Device, part: Partial<Settings>): void {
  settings.value = { ...settings.value, ...part }
  void keepSettings(database, settings.value).catch(() => undefined)
}

/** What this site accepts from now on. A browser that keeps nothing holds to it until the page is closed. */
export function changePolicy({ database, identity }: Device, policy: Policy): void {
  if (identity.value === null) return
  identity.value = { ...identity.value, policy }
  void keepIdentity(database, identity.value).catch(() => undefined)
}

export async function removeEnrolment({ database, store, sectors, identity }: Device): Promise<void> {
  await forgetIdentity(database)
  sectors.clear()
  await store.clear()
  identity.value = null
}
