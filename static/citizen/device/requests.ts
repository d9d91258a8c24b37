/** What the phone signs for the server with its device key: that it holds the key, and which keys it wants credentials for. */

import { createHolderKey, publicJwk, signJws, type PublicJwk } from '@shared/device'
import { idempotencyKey } from '@shared/api/attempt'

/** Two credentials a scene: the second begins before the first ends. */
export const SLOTS = [0, 1] as const

const DEVICES = '/api/v1/me/devices'

export interface PresentationKey {
  readonly scene: string
  readonly slot: number
  readonly key: CryptoKey
  readonly x: string
  readonly y: string
}

export interface NewKey {
  readonly privateKey: CryptoKey
  readonly publicKey: PublicJwk
}

export async function newKey(): Promise<NewKey> {
  const pair = await createHolderKey()
  return { privateKey: pair.privateKey, publicKey: await publicJwk(pair.publicKey) }
}

/** `now` is milliseconds by the issuer's clock. */
export function proveKey(key: CryptoKey, now: number): Promise<string> {
  return signJws(key, { typ: 'ecard-device+jws' }, common(DEVICES, now))
}

/** A key of its own for every credential, so that codes of different scenes and days have nothing in common. */
export function presentationKeys(scenes: readonly string[]): Promise<PresentationKey[]> {
  const wanted = scenes.flatMap(scene => SLOTS.map(slot => ({ scene, slot })))
  return Promise.all(
    wanted.map(async ({ scene, slot }) => {
      const { privateKey, publicKey } = await newKey()
      return { scene, slot, key: privateKey, x: publicKey.x, y: publicKey.y }
    }),
  )
}

export function askForCredentials(
  { id, key }: { id: string; key: CryptoKey },
  now: number,
  keys: readonly PresentationKey[],
): Promise<string> {
  const named = keys.map(({ scene, slot, x, y }) => ({ scene, slot, x, y }))
  const claims = { ...common(`${DEVICES}/${id}/credentials`, now), keys: named }
  return signJws(key, { typ: 'ecard-credentials+jws' }, claims)
}

/** The audience is the path that the request goes to: the server's own name may differ behind a proxy. */
function common(aud: string, now: number) {
  return { iat: Math.floor(now / 1000), jti: idempotencyKey(), aud }
}
