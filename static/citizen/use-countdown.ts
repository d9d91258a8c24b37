/** Seconds until something may be done again. */

import { onBeforeUnmount, readonly, ref } from 'vue'

export function useCountdown() {
  const left = ref(0)
  let timer = 0

  function start(seconds: number): void {
    window.clearInterval(timer)
    const end = Date.now() + seconds * 1000
    left.value = seconds
    // Counted from the clock: a timer stands still while the phone sleeps.
    timer = window.setInterval(() => {
      left.value = Math.max(0, Math.ceil((end - Date.now()) / 1000))
      if (left.value === 0) window.clearInterval(timer)
    }, 500)
  }

  onBeforeUnmount(() => window.clearInterval(timer))
  return { left: readonly(left), start }
}
