/** Keeps the credentials young: when the app starts, the network comes back, the page is seen again, and now and then in between. */

import { ApiError } from '@shared/api/problem'
import { watch } from 'vue'
import type { CitizenSession } from '../session'

const EVERY = 10 * 60_000

/** Rounds that follow each other: whoever asks during one gets another after it. Having no network is no reason to complain. */
export function upkeep({ state, device, restore }: Pick<CitizenSession, 'state' | 'device' | 'restore'>) {
  let busy: Promise<void> | null = null
  let isAskedAgain = false
  /** The session for which the server has said whether this phone is still the holder's. */
  let settledFor: string | null = null

  async function round(): Promise<void> {
    await device.read()
    // A network that hardly answered when the app started may do so now.
    if (state.session === undefined && device.state.binding) await restore()
    const { session } = state
    if (!session?.bound) return
    if (settledFor !== session.id) await device.settle()
    settledFor = session.id
    if (!device.state.binding) return
    await device.askTime()
    await renew()
  }

  async function renew(): Promise<void> {
    const { card } = state
    // What a card that gives no codes any more has left here must not be shown: the refusal says what becomes of it.
    const force = card !== null && !card.usable && device.state.credentials.length > 0
    await device.renew({ force, ...(card ? { scenes: card.scenes.map(each => each.name) } : {}) })
  }

  async function rounds(): Promise<void> {
    do {
      isAskedAgain = false
      try {
        await round()
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
      }
    } while (isAskedAgain)
  }

  function run(): Promise<void> {
    if (busy) isAskedAgain = true
    busy ??= rounds().finally(() => (busy = null))
    return busy
  }

  return { run }
}

export function keepUp(session: CitizenSession): void {
  const { run } = upkeep(session)
  const { state, device } = session
  watch(
    () => [state.session?.id, state.session?.bound, state.card?.scenes.length, state.card?.usable],
    () => void run(),
    { immediate: true },
  )
  watch(device.clock.isDoubtful, isDoubtful => {
    if (isDoubtful) void run()
  })
  window.addEventListener('online', () => void run())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void run()
  })
  window.setInterval(() => void run(), EVERY)
}
