/** Keeps the credentials young: when the app starts, the network comes back, the page is seen again, and now and then in between. */

import { ApiError } from '@shared/api/problem'
import { watch } from 'vue'
import type { CitizenSession } from '../session'

const EVERY = 10 * 60_000

/** One round, of which the next is never begun before this one ends. Having no network is no reason to complain. */
export function upkeep({ state, device, restore }: Pick<CitizenSession, 'state' | 'device' | 'restore'>) {
  let busy: Promise<void> | null = null
  let isSettled = false

  async function round(): Promise<void> {
    await device.read()
    // A network that hardly answered when the app started may do so now.
    if (state.session === undefined && device.state.binding) await restore()
    if (!state.session?.bound) return
    if (!isSettled) await device.settle()
    isSettled = true
    if (!device.state.binding) return
    await device.askTime()
    const { card } = state
    // What a card that gives no codes any more has left here must not be shown: the refusal says what becomes of it.
    const force = card !== null && !card.usable && device.state.credentials.length > 0
    await device.renew({ force, ...(card ? { scenes: card.scenes.map(each => each.name) } : {}) })
  }

  function run(): Promise<void> {
    busy ??= round()
      .catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error
      })
      .finally(() => (busy = null))
    return busy
  }

  /** Somebody else may be signed in. */
  function startAnew(): Promise<void> {
    isSettled = false
    return run()
  }

  return { run, startAnew }
}

export function keepUp(session: CitizenSession): void {
  const { run, startAnew } = upkeep(session)
  watch(
    () => [session.state.session?.id, session.state.session?.bound],
    () => void startAnew(),
    { immediate: true },
  )
  watch(
    () => [session.state.card?.scenes.length, session.state.card?.usable],
    () => void run(),
  )
  window.addEventListener('online', () => void run())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void run()
  })
  window.setInterval(() => void run(), EVERY)
}
