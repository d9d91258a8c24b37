/** The trust material of this device, kept up to date while the page is open. */

import type { Trust } from '@shared/verify'
import { TrustServer } from '@shared/verify/download'
import { TrustSync, type SyncState } from '@shared/verify/sync'
import { onBeforeUnmount, onMounted, ref, shallowRef } from 'vue'
import type { Device } from '../device/device'
import { secondsNow } from './use-now'

export function useTrust({ store, keptRefusal }: Pick<Device, 'store' | 'keptRefusal'>) {
  const trust = shallowRef<Trust | null>(store.held)
  const state = shallowRef<SyncState>({ connection: 'connecting', refusal: keptRefusal })
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
