/** The time, ticking once a second, for ages on the screen. */

import { onBeforeUnmount, readonly, ref, type Ref } from 'vue'

export const secondsNow = (): number => Math.floor(Date.now() / 1000)

export function useNow(): Readonly<Ref<number>> {
  const now = ref(secondsNow())
  const timer = setInterval(() => (now.value = secondsNow()), 1000)
  onBeforeUnmount(() => clearInterval(timer))
  return readonly(now)
}
