/** Keeps the screen on while a code is shown, where the browser can. It gives the lock back whenever the page is hidden. */

import { onBeforeUnmount, onMounted } from 'vue'

export function useWakeLock(): void {
  let lock: WakeLockSentinel | null = null

  async function hold(): Promise<void> {
    if (document.visibilityState === 'hidden') return
    // Refused on a low battery or in an insecure page: the code works without it.
    lock = await navigator.wakeLock?.request('screen').catch(() => null)
  }

  onMounted(() => {
    void hold()
    document.addEventListener('visibilitychange', hold)
  })
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', hold)
    void lock?.release()
  })
}
