/** A desk at work: what is read becomes a verdict, is shown, sounded, remembered, and gives way to the next. */

import type { Policy } from '@shared/verify'
import { nextTick, onBeforeUnmount, ref, shallowRef } from 'vue'
import { shownFor, signalOf, type Display, type Hindrance, type Source } from './display'
import { remember, type Past } from './history'
import type { Judgement } from './judge'
import { Presentation } from './presentation'
import type { DeskChallenge } from './use-challenge'

export interface DeskParts {
  /** Null where there is nothing new to show. */
  readonly judge: (text: string) => Promise<Judgement | null>
  readonly policy: () => Policy
  readonly challenge: Pick<DeskChallenge, 'settle' | 'next'>
  /** Called once for each new display: tones, vibration. */
  readonly announce: (display: Display) => void
}

const FRAME_TO_VERDICT = 'frame-to-verdict'
const MEASURES_KEPT = 1_000
/** Milliseconds after which a judgement that is not there yet is said to be under way. */
const ASKING_AFTER = 250

export function useDesk({ judge, policy, challenge, announce }: DeskParts) {
  const display = shallowRef<Display>({ kind: 'idle' })
  const history = shallowRef<readonly Past[]>([])
  const isHeld = ref(false)
  const hasDetails = ref(false)
  const presentation = new Presentation()
  let turn: Promise<void> = Promise.resolve()
  let count = 0
  let measured = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Judges what was read, one text after the other. `takenAt` is when a camera's frame was taken. */
  function present(text: string, takenAt?: number): Promise<void> {
    turn = turn.then(() => take(text, takenAt))
    return turn
  }

  async function take(text: string, takenAt?: number): Promise<void> {
    const judgement = presentation.begins(text, performance.now()) ? await judged(text) : null
    if (judgement === null) return stopReading()
    const { verdict } = judgement
    history.value = remember(history.value, { at: Date.now(), outcome: verdict.outcome, code: verdict.code })
    settle(judgement)
    const signal = signalOf(verdict, policy())
    await show({ ...judgement, kind: 'verdict', signal, text, id: (count += 1) })
    if (takenAt !== undefined) measure(takenAt, verdict.code)
  }

  /** A picture that held nothing new leaves the panel free. */
  function stopReading(): void {
    if (display.value.kind === 'reading') clear()
  }

  /** Says so if it takes a while; what was shown before comes back where nothing is new. */
  async function judged(text: string): Promise<Judgement | null> {
    const earlier = display.value
    const slow = setTimeout(() => void show({ kind: 'asking' }), ASKING_AFTER)
    try {
      const judgement = await judge(text)
      if (judgement === null && display.value.kind === 'asking') display.value = earlier
      return judgement
    } finally {
      clearTimeout(slow)
    }
  }

  /** A customer who is told yes, or whose card is stopped, is served; anybody else tries again with the same number. */
  function settle({ verdict, challenge: answered }: Judgement): void {
    const isServed = verdict.outcome === 'valid' || verdict.outcome === 'revoked'
    if (answered !== null && isServed) challenge.settle(answered)
  }

  async function hinder(hindrance: Hindrance, source: Source): Promise<void> {
    const { value } = display
    const isSame = value.kind === 'hindrance' && value.hindrance === hindrance && source === 'camera'
    if (isSame) return startTimer()
    await show({ kind: 'hindrance', hindrance, source, id: (count += 1) })
  }

  async function show(next: Display): Promise<void> {
    isHeld.value = hasDetails.value = false
    display.value = next
    startTimer()
    announce(next)
    await nextTick()
  }

  function clear(): void {
    clearTimeout(timer)
    isHeld.value = hasDetails.value = false
    display.value = { kind: 'idle' }
  }

  /** The person calls the next customer. */
  function next(): void {
    clear()
    challenge.next()
  }

  /** Keeps the present verdict on the screen until the person moves on, or has gone away. */
  function hold(): void {
    isHeld.value = true
    startTimer()
  }

  /** Leaves time to copy what stands there of the holder. */
  function linger(): void {
    hasDetails.value = true
    startTimer()
  }

  function startTimer(): void {
    clearTimeout(timer)
    const time = shownFor(display.value, { isHeld: isHeld.value, hasDetails: hasDetails.value })
    if (time !== null) timer = setTimeout(clear, time)
  }

  function measure(takenAt: number, code: string): void {
    measured += 1
    if (measured % MEASURES_KEPT === 0) performance.clearMeasures(FRAME_TO_VERDICT)
    performance.measure(FRAME_TO_VERDICT, { start: takenAt, end: performance.now(), detail: { code } })
  }

  onBeforeUnmount(() => clearTimeout(timer))

  return {
    display,
    history,
    isHeld,
    hasDetails,
    present,
    hinder,
    next,
    hold,
    linger,
    judgeAnew: () => presentation.forget(),
    reading: () => show({ kind: 'reading' }),
  }
}
