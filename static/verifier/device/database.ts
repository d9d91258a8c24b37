/** What this device keeps beside its trust folder: who it is, how it is set, and which codes it has seen. */

import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Sighted } from '@shared/verify/replay'
import type { Identity } from './identity'
import type { Settings } from './settings'

interface Schema extends DBSchema {
  facts: { key: 'identity' | 'settings'; value: Identity | Settings }
  seen: { key: string; value: Sighted }
}

const VERSION = 2

export type DeviceDatabase = IDBPDatabase<Schema>

export function openDeviceDatabase(name = 'ecard-verifier'): Promise<DeviceDatabase> {
  return openDB<Schema>(name, VERSION, {
    upgrade(database, from) {
      if (from < 1) database.createObjectStore('facts')
      else database.deleteObjectStore('seen') // of version 1: by token number alone, and forgotten within minutes
      database.createObjectStore('seen')
    },
  })
}
