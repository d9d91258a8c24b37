// @vitest-environment node
/** `wrapped.json` was made by the Python `signing.seal`, which stands on another implementation of HPKE. */
import 'fake-indexeddb/auto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { shallowRef } from 'vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { ApiError } from '@shared/api/problem'
import { fromHex, type Bytes } from '@shared/verify/bytes'
import { openDeviceDatabase, type DeviceDatabase } from '../../verifier/device/database'
import { forgetIdentity, keepIdentity, readIdentity, type Identity } from '../../verifier/device/identity'
import { KeyCourier } from '../../verifier/sealed/courier'
import { createSealingPair, type SealingPair } from '../../verifier/sealed/sealing-pair'
import { SectorKeys, type WrappedKey } from '../../verifier/sealed/sector-keys'
import { NOW } from '../verify/issuer'

interface Pair {
  kid: string
  private: string
  public: string
}

const VECTORS = JSON.parse(readFileSync(resolve(import.meta.dirname, 'wrapped.json'), 'utf8')) as {
  sector: Pair
  device: Pair
  sealed: { name: string; sealed: string }[]
  wrapped: { verifier: string; wrapped: string }
}
const WEEK = 604_800
const { verifier } = VECTORS.wrapped
const bytes = (hex: string): Bytes => fromHex(hex) ?? new Uint8Array()
const PKCS8 = '302e020100300506032b656e04220420'

async function pairOf({ private: secret, public: point }: Pair): Promise<SealingPair> {
  const document = bytes(PKCS8 + secret)
  const privateKey = await crypto.subtle.importKey('pkcs8', document, 'X25519', false, ['deriveBits'])
  return { privateKey, publicKey: bytes(point) }
}
const WRAPPED: WrappedKey = {
  kid: VECTORS.sector.kid,
  scene: 'medical',
  expires_at: new Date((NOW + WEEK) * 1000).toISOString(),
  wrapped: VECTORS.wrapped.wrapped,
}
const [SAMPLE = { name: '', sealed: '' }] = VECTORS.sealed

let database: DeviceDatabase
let count = 0

beforeEach(async () => {
  database = await openDeviceDatabase(`sealed-${(count += 1)}`)
})

describe('the keys of a sector', () => {
  it('are kept, unreadable for any script, and open claims after a reload', async () => {
    const sectors = await SectorKeys.open(database, NOW)
    expect(sectors.scenes).toBeNull()
    await sectors.accept([WRAPPED], await pairOf(VECTORS.device), verifier)
    const again = await SectorKeys.open(database, NOW)
    expect(again.scenes).toEqual(['medical'])
    expect(again.held.get(WRAPPED.kid)?.key.extractable).toBe(false)
    expect(await again.open(SAMPLE.sealed, 'medical')).toMatchObject({ name: SAMPLE.name })
  })

  it('are used for as long as a credential can live that was sealed to them', async () => {
    const sectors = await SectorKeys.open(database, NOW)
    await sectors.accept([WRAPPED], await pairOf(VECTORS.device), verifier)
    expect((await SectorKeys.open(database, NOW + 2 * WEEK - 1)).held.size).toBe(1)
    expect((await SectorKeys.open(database, NOW + 2 * WEEK)).held.size).toBe(0)
    expect(await database.count('sectorKeys')).toBe(0)
  })

  it.each([
    ['wrapped for another device', { verifier: 'another' }],
    ['called by another name', { kid: '00000000' }],
    ['cut', { wrapped: WRAPPED.wrapped.slice(0, 40) }],
  ])('are left out when %s', async (_, { verifier: id = verifier, ...change }: Record<string, string>) => {
    const sectors = await SectorKeys.open(database, NOW)
    await sectors.accept([{ ...WRAPPED, ...change }], await pairOf(VECTORS.device), id)
    expect(sectors.held.size).toBe(0)
  })

  it('go when the server names them no more, and with the identity', async () => {
    const sectors = await SectorKeys.open(database, NOW)
    await sectors.accept([WRAPPED], await pairOf(VECTORS.device), verifier)
    await forgetIdentity(database)
    expect((await SectorKeys.open(database, NOW)).scenes).toBeNull()
    await sectors.accept([], await pairOf(VECTORS.device), verifier)
    expect([sectors.held.size, sectors.scenes]).toEqual([0, []])
  })
})

describe('the courier', () => {
  async function desk({ sealing = null as Identity['sealing'], answer = [WRAPPED] as WrappedKey[] } = {}) {
    const identity = shallowRef<Identity | null>({ verifierId: verifier, sealing } as Identity)
    const offered: SealingPair[] = []
    const api = {
      sectorKeys: () => Promise.resolve(answer),
      offerEncryptionKey: (_: Identity, pair: SealingPair) => Promise.resolve(void offered.push(pair)),
    }
    const sectors = await SectorKeys.open(database, NOW)
    const clock = { now: NOW }
    const courier = new KeyCourier({ api, database, sectors, identity, now: () => clock.now })
    return { courier, sectors, identity, offered, clock, api }
  }
  const known = async () => ({ ...(await pairOf(VECTORS.device)), knownSince: NOW - 3_600 })

  it('brings what was wrapped to the key of this device', async () => {
    const { courier, sectors, offered } = await desk({ sealing: await known() })
    await courier.fetch()
    expect(sectors.held.has(WRAPPED.kid)).toBe(true)
    expect(offered).toEqual([])
  })

  it('offers a key once where the device was enrolled without one, and keeps it', async () => {
    const { courier, identity, offered } = await desk({ answer: [] })
    await keepIdentity(database, identity.value as Identity)
    await courier.fetch()
    await courier.fetch()
    expect(offered).toHaveLength(1)
    const kept = ((await database.get('facts', 'identity')) as Identity).sealing
    expect(kept?.knownSince).toBe(NOW)
    expect(kept?.privateKey.extractable).toBe(false)
  })

  it('makes nothing of an empty answer until the server has had time to wrap', async () => {
    const { courier, sectors, clock } = await desk({ answer: [] })
    await courier.fetch()
    expect(sectors.scenes).toBeNull()
    clock.now += 60
    await courier.fetch()
    expect(sectors.scenes).toEqual([])
  })

  it('offers its key anew where the keys were wrapped to one that is lost', async () => {
    const own = (await createSealingPair()) as SealingPair
    const { courier, offered } = await desk({ sealing: { ...own, knownSince: NOW - 3_600 } })
    await courier.fetch()
    expect(offered).toHaveLength(0)
    await courier.fetch()
    expect(offered).toEqual([expect.objectContaining({ publicKey: own.publicKey })])
  })

  it('keeps what is held when the server cannot be asked', async () => {
    const { courier, sectors, api } = await desk({ sealing: await known() })
    await courier.fetch()
    api.sectorKeys = () => Promise.reject(new ApiError('offline', 0))
    await expect(courier.fetch()).rejects.toThrow(ApiError)
    expect(sectors.held.size).toBe(1)
  })
})

it('reads an identity of before there was a pair', async () => {
  const old = { verifierId: '7', policy: { preset: 'hospital' } } as unknown as Identity
  await database.put('facts', old, 'identity')
  expect(await readIdentity(database)).toMatchObject({ sealing: null, policy: { onUnknown: 'attend' } })
})
