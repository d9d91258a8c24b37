/** Who this device is: the key that never leaves it, and what the unit's administrator named it at enrolment. */

import type { Named, Preset } from '@shared/api/types'
import type { Policy } from '@shared/verify'
import { base64url, utf8 } from '@shared/verify/bytes'
import type { DeviceDatabase } from './database'

export interface Identity {
  readonly verifierId: string
  readonly label: string
  readonly preset: Preset
  readonly unit: Named & { kind: string }
  readonly policy: Policy
  /** Non-extractable: the browser signs with it, no script can read it. */
  readonly key: CryptoKey
  readonly enrolledAt: number
}

export interface DeviceKey {
  readonly privateKey: CryptoKey
  readonly publicJwk: { kty: 'EC'; crv: 'P-256'; x: string; y: string }
}

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }

export async function createDeviceKey(): Promise<DeviceKey> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(CURVE, false, ['sign', 'verify'])
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', publicKey)
  return { privateKey, publicJwk: { kty: 'EC', crv: 'P-256', x, y } }
}

/** A compact JWS by the device's key (RFC 7515, ES256). */
export async function signJws(
  key: CryptoKey,
  header: { typ: string; kid?: string },
  payload: object,
): Promise<string> {
  const parts = [{ alg: 'ES256', ...header }, payload].map(part => base64url(utf8(JSON.stringify(part))))
  const input = parts.join('.')
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, utf8(input))
  return `${input}.${base64url(new Uint8Array(signature))}`
}

export async function readIdentity(database: DeviceDatabase): Promise<Identity | null> {
  return ((await database.get('facts', 'identity')) as Identity | undefined) ?? null
}

export async function keepIdentity(database: DeviceDatabase, identity: Identity): Promise<void> {
  await database.put('facts', identity, 'identity')
}

/** The key and all that this device has seen are gone for good; the settings stay. */
export async function forgetIdentity(database: DeviceDatabase): Promise<void> {
  const writing = database.transaction(['facts', 'seen'], 'readwrite')
  const [facts, seen] = [writing.objectStore('facts'), writing.objectStore('seen')]
  await Promise.all([facts.delete('identity'), seen.clear(), writing.done])
}
