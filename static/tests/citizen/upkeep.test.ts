// @vitest-environment node
import 'fake-indexeddb/auto'
import { ApiError } from '@shared/api/problem'
import type { Card, Session } from '@shared/api/types'
import { describe, expect, it } from 'vitest'
import { upkeep } from '../../citizen/device/upkeep'
import { platformOf } from '../../citizen/device/platform'
import { aHolder, HOUR } from './city'

const holder = { id: 's', role: 'citizen', bound: true } as Session

async function anApp({ session }: { session: Session | null | undefined } = { session: holder }) {
  const { device, ...rest } = await aHolder().then(async made => ({ ...made, ...(await made.open()) }))
  await device.bind('iPhone', '123456', ['identity'], 'key')
  const state = { session, card: null as Card | null, problem: null }
  const restored: Session[] = []
  const restore = () => {
    restored.push(holder)
    state.session = holder
    return Promise.resolve()
  }
  return { ...rest, device, state, restored, ...upkeep({ state, device, restore }) }
}

describe('upkeep', () => {
  it('learns the time and fetches what is missing, then rests', async () => {
    const { run, city, clock } = await anApp()
    await run()
    await run()
    expect(city.requests).toHaveLength(1)
    expect(clock.isStale()).toBe(false)
  })

  it('fetches for the scenes of the card once they are known', async () => {
    const { run, device, state } = await anApp()
    await run()
    state.card = { usable: true, scenes: [{ name: 'identity' }, { name: 'transit' }] } as Card
    await run()
    expect(device.state.binding?.scenes).toEqual(['identity', 'transit'])
    expect(await device.present('transit')).not.toBeNull()
  })

  it('does not complain without a network, and goes on when it is back', async () => {
    const { run, city, phone, device } = await anApp()
    await run()
    city.failing = new ApiError('offline', 0)
    phone.pass(5 * HOUR)
    await run()
    expect(city.requests).toHaveLength(1)
    city.failing = null
    await run()
    expect(city.requests).toHaveLength(2)
    expect(device.state.end).toBeNull()
  })

  it('asks who is here when the app was started without a network', async () => {
    const { run, restored, city } = await anApp({ session: undefined })
    await run()
    expect(restored).toHaveLength(1)
    expect(city.requests).toHaveLength(1)
  })

  it('asks nothing for nobody', async () => {
    const { run, city } = await anApp({ session: null })
    await run()
    expect(city.requests).toHaveLength(0)
  })

  it('ends what the server has ended, at the next start', async () => {
    const { run, city, device } = await anApp()
    city.devices = []
    await run()
    expect(device.state).toMatchObject({ binding: null, end: 'ended' })
  })
})

describe('upkeep asked for while it is under way', () => {
  it('goes another round, with what has become known meanwhile', async () => {
    const { run, device, state } = await anApp()
    const first = run()
    state.card = { usable: true, scenes: [{ name: 'identity' }, { name: 'transit' }] } as Card
    await Promise.all([first, run()])
    expect(await device.present('transit')).not.toBeNull()
  })

  it('settles for a session of its own after somebody has signed in anew', async () => {
    const { run, device, state } = await anApp()
    await run()
    await device.unsettle()
    state.session = { ...holder, id: 'another' }
    await run()
    expect(device.state.binding).not.toBeNull()
  })
})

describe('a card that gives no codes any more', () => {
  it('ends what this phone could show, as the server says', async () => {
    const { run, city, device, state } = await anApp()
    await run()
    city.devices = []
    state.card = { usable: false, scenes: [{ name: 'identity' }] } as Card
    await run()
    expect(device.state).toMatchObject({ binding: null, credentials: [] })
  })
})

describe('the name proposed for this phone', () => {
  it.each([
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)', 5, 'iphone'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 5, 'ipad'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 0, 'mac'],
    ['Mozilla/5.0 (Phone; OpenHarmony 5.0)', 5, 'harmony'],
    ['Mozilla/5.0 (Linux; Android 14; PHR-AN00) Chrome/120 HarmonyOS', 5, 'harmony'],
    ['Mozilla/5.0 (Linux; Android 14; K)', 5, 'android'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64)', 0, 'windows'],
    ['', 0, 'other'],
  ])('%s with %i fingers: %s', (userAgent, fingers, platform) => {
    expect(platformOf(userAgent, fingers)).toBe(platform)
  })
})
