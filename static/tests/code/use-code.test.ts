import { ApiError } from '@shared/api/problem'
import type { Code } from '@shared/api/types'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, defineComponent, nextTick, ref } from 'vue'
import { codeSource } from '../../citizen/code/source'
import { useCode } from '../../citizen/code/use-code'
import { browserHands, createClock } from '../../citizen/device/clock'

const START = Date.parse('2026-11-23T08:00:00Z')
const iso = (time: number) => new Date(time).toISOString()
let unmount = () => {}
let visibility: DocumentVisibilityState = 'visible'

/** A server whose clock may differ from the phone's, and which can be out of reach or refuse. */
function aServer({ ahead = 0 } = {}) {
  const server = { asked: [] as string[], failing: null as ApiError | null, fetch }
  async function fetch(scene: string): Promise<Code> {
    server.asked.push(scene)
    await new Promise(resolve => setTimeout(resolve, 20))
    if (server.failing) throw server.failing
    const now = Date.now() + ahead
    return {
      text: `351${server.asked.length}`,
      scene,
      form: 'digits',
      issued_at: iso(now),
      expires_at: iso(now + 60_000),
      server_time: iso(now),
    }
  }
  return server
}

/** A phone that makes codes by itself until `endsAt`, by the server's clock. */
function aPhone(endsAt = START) {
  const clock = createClock(browserHands)
  const phone = { clock, endsAt, present }
  async function present(scene: string, challenge?: number) {
    const issuedAt = Math.floor(clock.now() / 1000) * 1000
    if (issuedAt >= phone.endsAt) return null
    return { text: `352${issuedAt}${challenge ?? ''}`, issuedAt, endsAt: phone.endsAt, scene }
  }
  return phone
}

function show(server: ReturnType<typeof aServer>, phone = aPhone()) {
  const scene = ref('identity')
  const challenge = ref<number | null>(null)
  let screen!: ReturnType<typeof useCode>
  const app = createApp(
    defineComponent({
      setup() {
        screen = useCode(codeSource(phone, server.fetch), phone.clock, scene, challenge)
        return () => null
      },
    }),
  )
  app.mount(document.createElement('div'))
  unmount = () => app.unmount()
  return { screen, scene, challenge }
}

async function pass(milliseconds: number) {
  await vi.advanceTimersByTimeAsync(milliseconds)
}

/** The phone sleeps: its timers stand still, its clock does not. */
async function sleep(milliseconds: number) {
  visibility = 'hidden'
  document.dispatchEvent(new Event('visibilitychange'))
  vi.setSystemTime(Date.now() + milliseconds)
  visibility = 'visible'
  document.dispatchEvent(new Event('visibilitychange'))
  await nextTick()
}

beforeEach(() => {
  vi.useFakeTimers({ now: START })
  visibility = 'visible'
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility)
})
afterEach(() => {
  unmount()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('the code on the screen', () => {
  it('is redrawn before it ends', async () => {
    const server = aServer()
    const { screen } = show(server)
    await pass(300)
    expect(screen.code.value?.text).toBe('3511')
    await pass(44_000)
    expect(server.asked).toHaveLength(1)
    await pass(1_500)
    expect(screen.code.value?.text).toBe('3512')
    expect(screen.phase.value).toBe('shown')
  })

  it('lives by the clock of the server when the phone is an hour slow', async () => {
    const server = aServer({ ahead: 3_600_000 })
    const { screen } = show(server)
    await pass(300)
    expect(screen.phase.value).toBe('shown')
    expect(screen.redrawIn.value).toBeGreaterThan(43)
    await pass(20_000)
    expect(server.asked).toHaveLength(1)
  })

  it('is fetched at once when the phone wakes up', async () => {
    const server = aServer()
    const { screen } = show(server)
    await pass(300)
    await sleep(300_000)
    expect(screen.code.value).toBeNull()
    await pass(50)
    expect(screen.code.value?.text).toBe('3512')
  })

  it('asks nothing while nobody looks', async () => {
    const server = aServer()
    show(server)
    await pass(300)
    visibility = 'hidden'
    await pass(300_000)
    expect(server.asked).toHaveLength(1)
  })

  it('says that the phone was asleep when no new one can be had', async () => {
    const server = aServer()
    const { screen } = show(server)
    await pass(300)
    server.failing = new ApiError('unreachable', 0)
    await sleep(300_000)
    expect(screen.reason.value).toBe('asleep')
    await pass(50)
    expect(screen.phase.value).toBe('stale')
  })

  it('stays until its end when the network goes, then says so, and comes back with it', async () => {
    const server = aServer()
    const { screen } = show(server)
    await pass(300)
    server.failing = new ApiError('offline', 0)
    await pass(50_000)
    expect(screen.phase.value).toBe('shown')
    await pass(11_000)
    expect(screen.phase.value).toBe('stale')
    expect(screen.reason.value).toBe('offline')
    server.failing = null
    window.dispatchEvent(new Event('online'))
    await pass(50)
    expect(screen.phase.value).toBe('shown')
  })

  it('is not asked for again and again once the card refuses', async () => {
    const server = aServer()
    server.failing = new ApiError('card_not_active', 409)
    const { screen } = show(server)
    await pass(60_000)
    expect(screen.phase.value).toBe('refused')
    expect(server.asked).toHaveLength(1)
  })

  it('gives way to the code of another scene', async () => {
    const server = aServer()
    const { screen, scene } = show(server)
    await pass(300)
    scene.value = 'transit'
    await nextTick()
    expect(screen.code.value).toBeNull()
    await pass(50)
    expect(screen.code.value?.text).toBe('3512')
    expect(server.asked).toEqual(['identity', 'transit'])
  })

  it('is put away after ten minutes without a touch', async () => {
    const server = aServer()
    const { screen } = show(server)
    await pass(12 * 60_000)
    expect(screen.phase.value).toBe('stale')
    expect(screen.reason.value).toBe('idle')
    screen.renew()
    await pass(50)
    expect(screen.phase.value).toBe('shown')
  })
})

describe('a code that this phone makes', () => {
  const DAY = 86_400_000

  it('changes each fifteen seconds without asking anybody', async () => {
    const server = aServer()
    server.failing = new ApiError('offline', 0)
    const { screen } = show(server, aPhone(START + DAY))
    const seen = new Set<string>()
    for (let second = 0; second < 59; second += 1) {
      await pass(1_000)
      seen.add(screen.code.value?.text ?? '')
      expect(screen.phase.value).toBe('shown')
    }
    expect(seen.size).toBe(4)
    expect(server.asked).toEqual([])
    expect(screen.code.value?.form).toBe('device')
  })

  it('is there at once when the phone wakes up without a network', async () => {
    const server = aServer()
    server.failing = new ApiError('offline', 0)
    const { screen } = show(server, aPhone(START + DAY))
    await pass(300)
    await sleep(3_600_000)
    await pass(50)
    expect(screen.code.value?.text).toBe(`352${START + 3_600_000}`)
  })

  it('gives way to the server’s once its credential is over', async () => {
    const server = aServer()
    const { screen } = show(server, aPhone(START + 20_000))
    await pass(300)
    expect(screen.code.value?.form).toBe('device')
    await pass(21_000)
    expect(screen.code.value?.form).toBe('server')
  })

  it('is not there any more when its credential is over and there is no network', async () => {
    const server = aServer()
    server.failing = new ApiError('offline', 0)
    const { screen } = show(server, aPhone(START + 20_000))
    await pass(21_000)
    expect(screen.code.value).toBeNull()
    expect(screen.reason.value).toBe('offline')
  })

  it('answers a challenge, and the next one answers none once it is dismissed', async () => {
    const { screen, challenge } = show(aServer(), aPhone(START + DAY))
    await pass(300)
    challenge.value = 482_913
    await pass(10)
    expect(screen.code.value?.text).toBe(`352${START}482913`)
    challenge.value = null
    await pass(10)
    expect(screen.code.value?.text).toBe(`352${START}`)
  })

  it('is the only one that can answer a challenge', async () => {
    const server = aServer()
    const { screen, challenge } = show(server, aPhone(START))
    await pass(300)
    challenge.value = 482_913
    await pass(300)
    expect(screen.phase.value).toBe('stale')
    expect(screen.reason.value).toBe('challenge')
    expect(server.asked).toHaveLength(1)
  })

  it('goes at once when this phone may make none any more', async () => {
    const phone = aPhone(START + DAY)
    const { screen } = show(aServer(), phone)
    await pass(300)
    phone.endsAt = START
    screen.startOver()
    expect(screen.code.value).toBeNull()
    await pass(50)
    expect(screen.code.value?.form).toBe('server')
  })
})
