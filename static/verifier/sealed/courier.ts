/** Brings the sector's keys to this device; makes it a key to wrap them to where it was enrolled without one. */

import type { ShallowRef } from 'vue'
import type { DeviceDatabase } from '../device/database'
import { keepIdentity, type Identity, type KnownPair } from '../device/identity'
import type { VerifierApi } from '../device/verifier-api'
import { createSealingPair } from './sealing-pair'
import type { SectorKeys } from './sector-keys'

export interface CourierParts {
  readonly api: Pick<VerifierApi, 'sectorKeys' | 'offerEncryptionKey'>
  readonly database: DeviceDatabase
  readonly sectors: SectorKeys
  readonly identity: ShallowRef<Identity | null>
  /** Seconds since 1970. */
  readonly now: () => number
}

/** Seconds within which the server has wrapped its keys for a device: an empty answer means nothing before. */
const SETTLED_AFTER = 60

export class KeyCourier {
  /** Set once the browser turned out to have no X25519. */
  isUnable = false

  constructor(private readonly parts: CourierParts) {}

  /** Throws an ApiError where the server cannot be asked. */
  async fetch(): Promise<void> {
    const { api, sectors, identity, now } = this.parts
    const own = await this.ownPair()
    if (own === null || identity.value === null) return
    const wrapped = await api.sectorKeys(identity.value)
    if (wrapped.length === 0 && now() - (own.knownSince ?? 0) < SETTLED_AFTER) return
    await sectors.accept(wrapped, own, identity.value.verifierId)
    await sectors.forgetExpired(now())
    const isForeign = wrapped.length > 0 && sectors.held.size === 0
    if (isForeign) await this.keep({ ...own, knownSince: null }) // wrapped to a pair that is lost: offer this one
  }

  /** The pair that the server knows. Null in a browser that cannot make one. */
  private async ownPair(): Promise<KnownPair | null> {
    const { api, identity, now } = this.parts
    if (identity.value === null) return null
    const { sealing } = identity.value
    if (sealing !== null && sealing.knownSince !== null) return sealing
    const pair = sealing ?? (await createSealingPair())
    this.isUnable = pair === null
    if (pair === null) return null
    await api.offerEncryptionKey(identity.value, pair)
    return this.keep({ ...pair, knownSince: now() })
  }

  private async keep(sealing: KnownPair): Promise<KnownPair> {
    const { database, identity } = this.parts
    if (identity.value === null) return sealing
    identity.value = { ...identity.value, sealing }
    await keepIdentity(database, identity.value).catch(() => undefined)
    return sealing
  }
}
