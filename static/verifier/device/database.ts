/** What this device keeps beside its trust folder: who it is, how it is set, which codes it has seen, and what opens sealed claims. */

import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Sighted } from '@shared/verify/replay'
import type { SectorKey } from '../sealed/sector-keys'
import type { Identity } from './identity'
import type { Settings } from './settings'

interface Schema extends DBSchema {
  /** `sectors`: the scenes whose sealed claims the unit may read. */
  facts: { key: 'identity' | 'settings' | 'sectors'; value: Identity | Settings | readonly string[] }
  sectorKeys: { key: string; value: SectorKey }
  seen: { key: string; value: Sighted; indexes: { forgetAt: number } }
}

const VERSION = 2

export type DeviceDatabase = IDBPDatabase<Schema>

export function openDeviceDatabase(name = 'ecard-verifier'): Promise<DeviceDatabase> {
  return openDB<Schema>(name, VERSION, {
    upgrade(database, from) {
      if (from < 1) database.createObjectStore('facts')
      else database.deleteObjectStore('seen') // of version 1: by token number alone, and forgotten within minutes
      database.createObjectStore('seen').createIndex('forgetAt', 'forgetAt')
      database.createObjectStore('sectorKeys', { keyPath: 'kid' })
    },
  })
}
