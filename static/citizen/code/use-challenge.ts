/** The number that a window shows and that the code answers, for a minute or until it is dismissed (token format, 1.4). */

import { onBeforeUnmount, readonly, ref } from 'vue'

const LASTS = 60_000
const TICK = 500

/** The six digits in what was typed, full-width ones too; null where it is something else. */
export function readChallenge(typed: string): string | null {
  const digits = typed.normalize('NFKC').replace(/\s/g, '')
  return /^\d{6}$/.test(digits) ? digits : null
}

export function useChallenge(steady: () => number = () => performance.now()) {
  const digits = ref<string | null>(null)
  const challenge = ref<number | null>(null)
  const left = ref(0)
  let timer = 0

  function answer(chosen: string): void {
    const end = steady() + LASTS
    digits.value = chosen
    challenge.value = Number(chosen)
    window.clearInterval(timer)
    const count = () => {
      left.value = Math.max(0, Math.ceil((end - steady()) / 1000))
      if (left.value === 0) dismiss()
    }
    timer = window.setInterval(count, TICK)
    count()
  }

  function dismiss(): void {
    window.clearInterval(timer)
    digits.value = challenge.value = null
  }

  onBeforeUnmount(() => window.clearInterval(timer))
  return { challenge, digits: readonly(digits), left: readonly(left), answer, dismiss }
}
