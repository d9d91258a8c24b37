/** The sector's keys while the page is open: fetched at the start, every few hours, and when a code names one that is not held. */

import { ApiError } from '@shared/api/problem'
import { SealError, type SealedClaims } from '@shared/verify/seal'
import { onBeforeUnmount, onMounted } from 'vue'
import { secondsNow } from '../desk/use-now'
import type { Device } from '../device/device'
import { KeyCourier } from './courier'

/** Why the holder's details are not shown. `not_granted`: the unit may not; `not_fetched`: it may, or it is not known yet. */
export type SealObstacle = 'not_granted' | 'not_fetched' | 'unreadable' | 'unsupported'
export type SealedView = { readonly claims: SealedClaims } | { readonly obstacle: SealObstacle }

const REGULAR = 4 * 3_600_000
/** While it is not known yet what the unit may read; also the least time between two questions. */
const SOON = 15_000

export function useSectorKeys(device: Device) {
  const { sectors, identity, api, database } = device
  const courier = new KeyCourier({ api, database, sectors, identity, now: secondsNow })
  let timer: ReturnType<typeof setTimeout> | undefined
  let askedAt = -Infinity
  let isOpen = true

  async function fetch(): Promise<void> {
    askedAt = performance.now()
    clearTimeout(timer)
    try {
      await courier.fetch()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
    } finally {
      const isUnknown = sectors.scenes === null && !courier.isUnable
      if (isOpen) timer = setTimeout(() => void fetch(), isUnknown ? SOON : REGULAR)
    }
  }

  function fetchUnlessJustAsked(): void {
    if (performance.now() - askedAt >= SOON) void fetch()
  }

  async function read(sealed: string, scene: string): Promise<SealedView> {
    try {
      return { claims: await sectors.open(sealed, scene) }
    } catch (error) {
      if (!(error instanceof SealError)) throw error
      if (error.code !== 'sealed_key_missing') return { obstacle: 'unreadable' }
      fetchUnlessJustAsked()
      return { obstacle: whyNoKey(scene) }
    }
  }

  function whyNoKey(scene: string): SealObstacle {
    if (courier.isUnable) return 'unsupported'
    return sectors.scenes === null || sectors.scenes.includes(scene) ? 'not_fetched' : 'not_granted'
  }

  onMounted(() => {
    void fetch()
    window.addEventListener('online', fetchUnlessJustAsked)
  })
  onBeforeUnmount(() => {
    isOpen = false
    clearTimeout(timer)
    window.removeEventListener('online', fetchUnlessJustAsked)
  })

  return { read }
}
