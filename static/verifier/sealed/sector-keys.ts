/** The private keys of this unit's sector: fetched while there is a network, unwrapped here, kept for when there is none. */

import { concat, fromBase64url, utf8 } from '@shared/verify/bytes'
import { publicBytesOf } from '@shared/verify/hpke'
import { sealingKeyId } from '@shared/verify/jwk'
import { openSealed, openWrapped, SealError, type SealedClaims } from '@shared/verify/seal'
import { shallowRef, type ShallowRef } from 'vue'
import type { DeviceDatabase } from '../device/database'
import type { SealingPair } from './sealing-pair'

export interface SectorKey {
  /** 8 hex digits. */
  readonly kid: string
  readonly scene: string
  readonly key: CryptoKey
  /** Seconds since 1970: until when claims are sealed to it. */
  readonly expiresAt: number
}

/** As the server gives it. */
export interface WrappedKey {
  readonly kid: string
  readonly scene: string
  /** RFC 3339. */
  readonly expires_at: string
  /** `kid ‖ enc ‖ ciphertext` to this device's key, base64url. */
  readonly wrapped: string
}

/** A credential that was sealed in the last second of a key lives for so long. */
const LONGEST_LIFE = 604_800

export class SectorKeys {
  private readonly keys: ShallowRef<ReadonlyMap<string, SectorKey>>
  private readonly granted: ShallowRef<readonly string[] | null>

  private constructor(
    private readonly database: DeviceDatabase,
    keys: readonly SectorKey[],
    granted: readonly string[] | null,
  ) {
    this.keys = shallowRef(byName(keys))
    this.granted = shallowRef(granted)
  }

  static async open(database: DeviceDatabase, now: number): Promise<SectorKeys> {
    const [keys, granted] = await Promise.all([
      database.getAll('sectorKeys'),
      database.get('facts', 'sectors') as Promise<readonly string[] | undefined>,
    ])
    const sectors = new SectorKeys(database, keys, granted ?? null)
    await sectors.forgetExpired(now)
    return sectors
  }

  get held(): ReadonlyMap<string, SectorKey> {
    return this.keys.value
  }

  /** The claims in `sealed`, hex, of a code for `scene`. Throws a SealError. */
  open(sealed: string, scene: string): Promise<SealedClaims> {
    return openSealed(sealed, scene, new Map(Array.from(this.keys.value, ([kid, { key }]) => [kid, key])))
  }

  /** The scenes whose claims this unit may read; null before the server was asked. */
  get scenes(): readonly string[] | null {
    return this.granted.value
  }

  /**
   * Takes all that the server gave for the device `verifierId` with its key `own`: what it does not name any more is gone. A key that
   * is not what it is called is left out.
   */
  async accept(wrapped: readonly WrappedKey[], own: SealingPair, verifierId: string): Promise<void> {
    const unwrapped = await Promise.all(wrapped.map(each => unwrap(each, own, verifierId)))
    this.granted.value = [...new Set(wrapped.map(({ scene }) => scene))]
    this.keys.value = byName(unwrapped.filter(key => key !== null))
    await this.write()
  }

  /** A key is of use as long as a credential can be alive that was sealed to it. */
  async forgetExpired(now: number): Promise<void> {
    const alive = Array.from(this.keys.value.values()).filter(
      ({ expiresAt }) => now < expiresAt + LONGEST_LIFE,
    )
    if (alive.length === this.keys.value.size) return
    this.keys.value = byName(alive)
    await this.write()
  }

  /** Of this page; what is kept goes with the identity. */
  clear(): void {
    this.keys.value = new Map()
    this.granted.value = null
  }

  /** A browser that keeps nothing still reads until the page is closed. */
  private async write(): Promise<void> {
    const writing = this.database.transaction(['facts', 'sectorKeys'], 'readwrite')
    const kept = writing.objectStore('sectorKeys')
    const cleared = kept.clear()
    const puts = Array.from(this.keys.value.values(), key => kept.put(key))
    const granted = writing.objectStore('facts').put(this.granted.value ?? [], 'sectors')
    await Promise.all([cleared, ...puts, granted, writing.done]).catch(() => undefined)
  }
}

const byName = (keys: readonly SectorKey[]): ReadonlyMap<string, SectorKey> =>
  new Map(keys.map(key => [key.kid, key]))

async function unwrap(
  { kid, scene, expires_at: end, wrapped }: WrappedKey,
  { privateKey }: SealingPair,
  verifierId: string,
): Promise<SectorKey | null> {
  const info = concat(utf8('ecard sector key 1\0'), utf8(verifierId))
  const key = await openWrapped(fromBase64url(wrapped) ?? new Uint8Array(), privateKey, info).catch(noKey)
  if (key === null || (await sealingKeyId(await publicBytesOf(key))) !== kid) return null
  return { kid, scene, key, expiresAt: Math.floor(Date.parse(end) / 1000) }
}

function noKey(error: unknown): null {
  if (error instanceof SealError) return null
  throw error
}
