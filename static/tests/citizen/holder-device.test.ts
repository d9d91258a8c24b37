// @vitest-environment node
import 'fake-indexeddb/auto'
import { ApiError } from '@shared/api/problem'
import { parseUnverified } from '@shared/verify/code'
import { describe, expect, it } from 'vitest'
import { aHolder, claimsOf, HOUR, START } from './city'

const SCENES = ['identity', 'transit']
const offline = new ApiError('offline', 0)

async function aBoundHolder(options = {}) {
  const holder = await aHolder(options)
  const opened = await holder.open()
  await opened.device.askTime()
  await opened.device.bind('iPhone', '123456', SCENES, 'key')
  await opened.device.renew()
  return { ...holder, ...opened }
}

describe('binding', () => {
  it('keeps a key that cannot be read, and proves that it is here', async () => {
    const { city, memory, device, marker } = await aBoundHolder()
    const { binding } = await memory.read()
    expect(binding).toMatchObject({ id: 'phone-1', label: 'iPhone' })
    expect(binding?.key.extractable).toBe(false)
    expect(device.state.binding?.id).toBe('phone-1')
    expect(marker.read()).toBe('phone-1')
    const { typ, claims } = claimsOf(city.proofs[0] ?? '')
    expect(typ).toBe('ecard-device+jws')
    expect(claims).toMatchObject({ aud: '/api/v1/me/devices', iat: START / 1000 })
  })

  it('sends the very same request again when the answer was lost', async () => {
    const { city, open } = await aHolder()
    const { device } = await open()
    city.lost = new ApiError('timeout', 0)
    await expect(device.bind('iPhone', '123456', SCENES, 'key')).rejects.toThrow()
    expect(device.state.binding).toBeNull()
    await device.bind('iPhone', '123456', SCENES, 'key')
    expect(city.proofs).toHaveLength(1)
    expect(device.state.binding?.id).toBe('phone-1')
  })

  it('makes another key once the server has refused', async () => {
    const { city, open } = await aHolder()
    const { device } = await open()
    city.failing = new ApiError('sms_code_wrong', 401, '', null, { tries_left: 2 })
    await expect(device.bind('iPhone', '000000', SCENES, 'key')).rejects.toThrow()
    city.failing = null
    await device.bind('iPhone', '123456', SCENES, 'other')
    expect(city.proofs).toHaveLength(1)
  })

  it('signs the issuer’s time on a phone that is an hour fast', async () => {
    const { city } = await aBoundHolder({ ahead: HOUR })
    expect(claimsOf(city.proofs[0] ?? '').claims['iat']).toBe(START / 1000)
  })

  it('signs again when the server tells it the time', async () => {
    const { open, city } = await aHolder({ ahead: -8 * HOUR })
    const { device } = await open()
    await device.bind('iPhone', '123456', SCENES, 'key')
    expect(claimsOf(city.proofs[0] ?? '').claims['iat']).toBe(START / 1000)
  })
})

describe('credentials', () => {
  it('are asked for with a fresh key for each scene and slot', async () => {
    const { city, device } = await aBoundHolder()
    const { typ, claims } = claimsOf(city.requests[0] ?? '')
    const keys = claims['keys'] as { scene: string; slot: number; x: string }[]
    expect(typ).toBe('ecard-credentials+jws')
    expect(keys.map(({ scene, slot }) => `${scene}/${slot}`)).toEqual([
      'identity/0',
      'identity/1',
      'transit/0',
      'transit/1',
    ])
    expect(new Set(keys.map(({ x }) => x)).size).toBe(4)
    expect(device.state.credentials.every(({ key }) => !key.extractable)).toBe(true)
  })

  it('are renewed when they are some hours old, not before', async () => {
    const { city, phone, device } = await aBoundHolder()
    phone.pass(HOUR)
    await device.renew()
    expect(city.requests).toHaveLength(1)
    phone.pass(4 * HOUR)
    await device.renew()
    expect(city.requests).toHaveLength(2)
    expect(device.until('transit', START + 5 * HOUR)).toBe(START + 49 * HOUR)
  })

  it('are not fetched twice at once', async () => {
    const { city, phone, device } = await aBoundHolder()
    phone.pass(5 * HOUR)
    await Promise.all([device.renew(), device.renew()])
    expect(city.requests).toHaveLength(2)
  })

  it('come for the other scenes when one cannot be had now', async () => {
    const { device } = await aBoundHolder()
    await device.renew({ scenes: ['identity', 'medical', 'transit'], force: true })
    expect(device.state.credentials.map(({ scene }) => scene)).not.toContain('medical')
    expect(device.state.binding?.scenes).toContain('medical')
    expect(await device.present('transit')).not.toBeNull()
  })

  it.each(['failing', 'lost'] as const)('stay when a renewal is %s', async fault => {
    const { city, phone, device } = await aBoundHolder()
    phone.pass(5 * HOUR)
    city[fault] = offline
    await expect(device.renew()).rejects.toBe(offline)
    const code = await device.present('transit')
    expect(code?.endsAt).toBe(START + 24 * HOUR)
  })
})

describe('a code without a network', () => {
  it('is made after the app was opened anew, by the second credential once the first is over', async () => {
    const { city, phone, open } = await aBoundHolder()
    city.failing = offline
    phone.pass(30 * HOUR)
    phone.reload()
    const { device } = await open()
    const code = await device.present('transit')
    expect(code?.endsAt).toBe(START + 44 * HOUR)
    const { presentation } = await parseUnverified(code?.text ?? '')
    expect(presentation?.issuedAt).toBe(START / 1000 + 30 * 3600)
  })

  it('carries the issuer’s time on a phone that is an hour slow', async () => {
    const { device } = await aBoundHolder({ ahead: -HOUR })
    const code = await device.present('identity')
    const { presentation } = await parseUnverified(code?.text ?? '')
    expect(presentation?.issuedAt).toBe(START / 1000)
  })

  it('answers a challenge', async () => {
    const { device } = await aBoundHolder()
    const code = await device.present('identity', 482_913)
    expect((await parseUnverified(code?.text ?? '')).presentation?.challenge).toBe(482_913)
  })

  it('is none for a scene without a credential, and none when all are over', async () => {
    const { device, phone } = await aBoundHolder()
    expect(await device.present('medical')).toBeNull()
    phone.pass(44 * HOUR)
    expect(await device.present('transit')).toBeNull()
  })
})

describe('the end of a binding', () => {
  it('takes key and credentials along, and the sign beside them', async () => {
    const { device, memory, marker } = await aBoundHolder()
    await device.end(null)
    expect(await memory.read()).toMatchObject({ binding: undefined, credentials: [] })
    expect(device.state).toMatchObject({ binding: null, credentials: [], end: null })
    expect(marker.read()).toBeNull()
  })

  it('comes with the next renewal when the server has ended it, and is told', async () => {
    const { city, device, memory } = await aBoundHolder()
    city.devices = []
    await expect(device.renew({ force: true })).rejects.toThrow()
    expect(device.state.end).toBe('ended')
    expect((await memory.read()).credentials).toEqual([])
  })

  it('is a loss where the card was lost', async () => {
    const { city, device } = await aBoundHolder()
    city.failing = new ApiError('card_suspended', 409)
    await expect(device.renew({ force: true })).rejects.toThrow()
    expect(device.state.end).toBe('loss')
  })

  it('is none while the card is locked: only the codes rest', async () => {
    const { city, device, memory, phone } = await aBoundHolder()
    city.failing = new ApiError('card_locked', 409)
    await expect(device.renew({ force: true })).rejects.toThrow()
    expect(await device.present('transit')).toBeNull()
    expect((await memory.read()).binding).toBeDefined()
    city.failing = null
    phone.pass(600_000)
    await device.renew()
    expect(await device.present('transit')).not.toBeNull()
  })

  it('is told to the server when the holder leaves, and comes without it too', async () => {
    const { city, device, memory } = await aBoundHolder()
    await device.leave()
    expect(city.devices).toEqual([])
    const other = await aBoundHolder()
    other.city.failing = offline
    await other.device.leave()
    expect((await other.memory.read()).binding).toBeUndefined()
    expect((await memory.read()).binding).toBeUndefined()
  })

  it('is not undone by a renewal that was under way', async () => {
    const { device, memory } = await aBoundHolder()
    await Promise.all([device.renew({ force: true }), device.end(null)])
    expect((await memory.read()).credentials).toEqual([])
    expect(device.state.credentials).toEqual([])
  })

  it('is not undone by a reading that was under way', async () => {
    const { device } = await aBoundHolder()
    await Promise.all([device.read(), device.end(null)])
    expect(device.state.binding).toBeNull()
  })

  it('is seen by another page of the app', async () => {
    const { device, open } = await aBoundHolder()
    const other = await open()
    await device.end(null)
    await other.device.read()
    expect(other.device.state.binding).toBeNull()
  })
})

describe('somebody who signs in', () => {
  it('sees no codes of this phone until the server has said that it is theirs', async () => {
    const { device, open } = await aBoundHolder()
    await device.unsettle()
    expect(await device.present('transit')).toBeNull()
    expect((await open()).device.state.binding).toBeNull()
    await device.settle()
    expect(await device.present('transit')).not.toBeNull()
  })

  it('who is somebody else ends it', async () => {
    const { city, device, memory } = await aBoundHolder()
    await device.unsettle()
    city.devices = []
    await device.settle()
    expect((await memory.read()).binding).toBeUndefined()
    expect(device.state.end).toBeNull()
  })
})

describe('a browser that has thrown the keys away', () => {
  it('is noticed by the sign beside them, and told as long as the server knows the phone', async () => {
    const { city, open, marker } = await aBoundHolder()
    const { device } = await open('empty')
    await device.settle()
    expect(device.state.isEvicted).toBe(true)
    await device.bind('iPhone', '123456', SCENES, 'key')
    expect(device.state.isEvicted).toBe(false)
    expect(marker.read()).toBe('phone-2')
    expect(city.devices.map(({ id }) => id)).toEqual(['phone-2'])
  })

  it('is nothing to tell when the server does not know it either', async () => {
    const { city, open, marker } = await aBoundHolder()
    city.devices = []
    const { device } = await open('empty-too')
    await device.settle()
    expect(device.state.isEvicted).toBe(false)
    expect(marker.read()).toBeNull()
  })
})
