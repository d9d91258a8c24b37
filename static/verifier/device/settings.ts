/** How the person at this window likes it. */

import type { DeviceDatabase } from './database'

export interface Settings {
  readonly sound: boolean
  /** Whether the camera starts with the page. */
  readonly camera: boolean
  /** The chosen camera's device id; empty for the one that looks away from the screen. */
  readonly cameraId: string
  /** Who works here, for the record of online checks; empty for the device's own label. */
  readonly operator: string
}

const DEFAULTS: Settings = { sound: true, camera: false, cameraId: '', operator: '' }

export async function readSettings(database: DeviceDatabase): Promise<Settings> {
  const kept = (await database.get('facts', 'settings')) as Partial<Settings> | undefined
  return { ...DEFAULTS, ...kept }
}

export async function keepSettings(database: DeviceDatabase, settings: Settings): Promise<void> {
  await database.put('facts', { ...settings }, 'settings')
}
