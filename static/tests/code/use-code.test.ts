import { ApiError } from '@shared/api/problem'
import type { Code } from '@shared/api/types'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, defineComponent, nextTick, ref } from 'vue'
import { useCode } from '../../citizen/code/use-code'

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

function show(server: ReturnType<typeof aServer>) {
  const scene = ref('identity')
  let screen!: ReturnType<typeof useCode>
  const app = createApp(
    defineComponent({
      setup() {
        screen = useCode(server.fetch, scene)
        return () => null
      },
    }),
  )
  app.mount(document.createElement('div'))
  unmount = () => app.unmount()
  return { screen, scene }
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
    expect(screen.code.value?.scene).toBe('transit')
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
