/** A server that binds phones and gives credentials, and phones with it, for tests of the holder's side. */

import { ApiError } from '@shared/api/problem'
import type { LinkedDevice, IssuedCredential } from '@shared/api/types'
import { base64url, fromBase64url, fromUtf8 } from '@shared/verify/bytes'
import { createClock } from '../../citizen/device/clock'
import { createHolderDevice, type Parts } from '../../citizen/device/holder-device'
import { openMemory } from '../../citizen/device/memory'
import { anIssuer } from './credential'
import { aPhone } from './hands'

export const START = Date.parse('2026-11-23T08:00:00Z')
export const HOUR = 3_600_000
const SCENES = ['', 'identity', 'transit']
let databases = 0

type Named = { scene: string; slot: number; x: string; y: string }

const iso = (time: number) => new Date(time).toISOString().replace(/\.\d+Z/, 'Z')

export function claimsOf(jws: string): { typ: string; claims: Record<string, unknown> } {
  const [header, payload] = jws
    .split('.')
    .map(part => JSON.parse(fromUtf8(fromBase64url(part) ?? new Uint8Array()) ?? 'null'))
  return { typ: header.typ, claims: payload }
}

interface City {
  devices: LinkedDevice[]
  proofs: string[]
  requests: string[]
  failing: ApiError | null
  /** What goes wrong once the request was carried out. */
  lost: ApiError | null
  api: Parts['api']
}

/** `time` is the server's clock. It can be out of reach (`failing`), lose its answers, or have ended a phone. */
export async function aCity(time: () => number): Promise<City> {
  const sign = await anIssuer()
  const city: City = {
    devices: [],
    proofs: [],
    requests: [],
    failing: null,
    lost: null,
    api: { devices, linkDevice, unlinkDevice, credentials, serverTime },
  }

  const reach = () => (city.failing ? Promise.reject(city.failing) : Promise.resolve())
  const answered = () => {
    const { lost } = city
    city.lost = null
    return lost ? Promise.reject(lost) : Promise.resolve()
  }

  async function devices() {
    await reach()
    return { items: city.devices }
  }

  async function linkDevice({ label, proof }: Parameters<Parts['api']['linkDevice']>[0]) {
    await reach()
    if (Math.abs(Number(claimsOf(proof).claims['iat']) * 1000 - time()) > 300_000)
      throw new ApiError('device_clock_wrong', 422, '', null, { server_time: iso(time()) })
    if (!city.proofs.includes(proof)) {
      city.proofs.push(proof)
      const at = iso(time())
      const id = `phone-${city.proofs.length}`
      city.devices.unshift({ id, label, enrolled_at: at, last_seen_at: at, credentials_until: null })
    }
    await answered()
    const [device] = city.devices
    if (!device) throw new Error('no device')
    return { ...device, retired: [] }
  }

  async function unlinkDevice(id: string) {
    await reach()
    const [gone] = city.devices.filter(each => each.id === id)
    if (!gone) throw new ApiError('device_not_found', 404)
    city.devices = city.devices.filter(each => each !== gone)
    return gone
  }

  async function credentials(id: string, request: string) {
    await reach()
    if (!city.devices.some(each => each.id === id)) throw new ApiError('device_not_found', 404)
    city.requests.push(request)
    const { iat, keys } = claimsOf(request).claims as { iat: number; keys: Named[] }
    if (Math.abs(iat * 1000 - time()) > 300_000)
      throw new ApiError('device_clock_wrong', 422, '', null, { server_time: iso(time()) })
    if (keys.some(({ scene }) => !SCENES.includes(scene))) throw new ApiError('scene_unavailable', 503)
    const issued = await Promise.all(keys.map(issue))
    await answered()
    return { credentials: issued, server_time: iso(time()) }
  }

  async function issue({ scene, slot, x, y }: Named): Promise<IssuedCredential> {
    const issuedAt = Math.floor(time() / 1000) + slot * 20 * 3600
    const expiresAt = issuedAt + 24 * 3600
    const [xBytes, yBytes] = [x, y].map(part => fromBase64url(part) ?? new Uint8Array())
    const isOdd = ((yBytes?.at(-1) ?? 0) & 1) === 1
    const token = await sign({
      scene: SCENES.indexOf(scene),
      issuedAt,
      expiresAt,
      x: xBytes ?? new Uint8Array(),
      isOdd,
    })
    return {
      scene,
      slot,
      issued_at: iso(issuedAt * 1000),
      expires_at: iso(expiresAt * 1000),
      credential: base64url(token),
    }
  }

  async function serverTime() {
    await reach()
    return { epoch_ms: time() }
  }

  return city
}

/** A phone whose clock is `ahead` of the city's, with a browser that stores; `open` opens the app on it anew. */
export async function aHolder({ ahead = 0 } = {}) {
  const phone = aPhone(START + ahead)
  const city = await aCity(() => phone.hands.wall() - ahead)
  const name = `phone-${(databases += 1)}`
  let sign: string | null = null
  const marker = {
    read: () => sign,
    set: (id: string) => void (sign = id),
    clear: () => void (sign = null),
  }

  async function open(database = name) {
    const memory = await openMemory(database)
    const clock = createClock(phone.hands, record => void memory.keepClock(record))
    const device = createHolderDevice({ api: city.api, memory, marker, clock })
    await device.read()
    return { device, clock, memory }
  }

  return { phone, city, marker, open }
}
