/** The trust material of this device, kept up to date while the page is open. */

import type { Trust } from '@shared/verify'
import { TrustServer } from '@shared/verify/download'
import { TrustRefusal, type TrustCode } from '@shared/verify/refusal'
import { TrustSync, type SyncState } from '@shared/verify/sync'
import type { TrustStore } from '@shared/verify/trust-store'
import { onBeforeUnmount, onMounted, ref, shallowRef } from 'vue'
import { secondsNow } from './use-now'

export function useTrust(store: TrustStore) {
  const trust = shallowRef<Trust | null>(store.held)
  const state = shallowRef<SyncState>({ connection: 'connecting', refusal: null })
  const isKept = ref(true)
  const isUpdating = ref(false)

  const sync = new TrustSync({
    store,
    server: new TrustServer(''),
    streamUrl: '/trust/events',
    now: secondsNow,
    onTrust(accepted) {
      trust.value = accepted
      isKept.value = store.isKept
    },
    onState: next => (state.value = next),
  })

  async function update(): Promise<boolean> {
    isUpdating.value = true
    try {
      return await sync.refresh()
    } finally {
      isUpdating.value = false
    }
  }

  const wake = () => sync.wake()
  const wakeWhenShown = () => document.hidden || sync.wake()

  onMounted(() => {
    sync.start()
    window.addEventListener('online', wake)
    document.addEventListener('visibilitychange', wakeWhenShown)
  })
  onBeforeUnmount(() => {
    sync.stop()
    window.removeEventListener('online', wake)
    document.removeEventListener('visibilitychange', wakeWhenShown)
  })

  return { trust, state, isKept, isUpdating, update }
}

/** Reads what was kept. Material that does not hold any more is named and fetched anew; the marks against roll-back stay. */
export async function loadKept(store: TrustStore): Promise<TrustCode | null> {
  try {
    await store.load()
    return null
  } catch (error) {
    if (error instanceof TrustRefusal) return error.code
    throw error
  }
}
