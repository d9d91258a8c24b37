/** What this device keeps beside its trust folder: who it is, how it is set, and which codes it has seen. */

import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Identity } from './identity'
import type { Settings } from './settings'

interface Schema extends DBSchema {
  facts: { key: 'identity' | 'settings'; value: Identity | Settings }
  seen: { key: string; value: number }
}

export type DeviceDatabase = IDBPDatabase<Schema>

export function openDeviceDatabase(name = 'ecard-verifier'): Promise<DeviceDatabase> {
  return openDB<Schema>(name, 1, {
    upgrade(database) {
      database.createObjectStore('facts')
      database.createObjectStore('seen')
    },
  })
}
