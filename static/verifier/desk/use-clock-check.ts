/** Compares the device's clock with the server's now and then; being offline is no reason to complain. */

import { ApiError } from '@shared/api/problem'
import { onBeforeUnmount, onMounted, ref } from 'vue'
import { measureOffset } from '../device/clock'

const INTERVAL = 600_000

export function useClockCheck(serverTime: () => Promise<number>) {
  const offset = ref(0)
  let timer: ReturnType<typeof setInterval> | undefined

  async function check(): Promise<void> {
    try {
      offset.value = await measureOffset(serverTime, () => Date.now() / 1000)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
    }
  }

  onMounted(() => {
    void check()
    timer = setInterval(() => void check(), INTERVAL)
  })
  onBeforeUnmount(() => clearInterval(timer))

  return offset
}
