/** A desk at work: what is read becomes a verdict, is shown, sounded, remembered, and gives way to the next. */

import { verify, type Policy, type ReplayMemory, type Trust } from '@shared/verify'
import { nextTick, onBeforeUnmount, ref, shallowRef, type ShallowRef } from 'vue'
import { shownFor, type Display, type Hindrance, type Source } from './display'
import { remember, type Past } from './history'
import { Presentation } from './presentation'
import { secondsNow } from './use-now'

export interface DeskParts {
  readonly trust: Readonly<ShallowRef<Trust | null>>
  readonly policy: Policy
  readonly replay: ReplayMemory
  /** Called once for each new display: tones, vibration. */
  readonly announce: (display: Display) => void
}

const FRAME_TO_VERDICT = 'frame-to-verdict'
const MEASURES_KEPT = 1_000

export function useDesk({ trust, policy, replay, announce }: DeskParts) {
  const display = shallowRef<Display>({ kind: 'idle' })
  const history = shallowRef<readonly Past[]>([])
  const isHeld = ref(false)
  const presentation = new Presentation()
  let turn: Promise<void> = Promise.resolve()
  let count = 0
  let measured = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Judges what was read, one text after the other. `takenAt` is when a camera's frame was taken. */
  function present(text: string, takenAt?: number): Promise<void> {
    turn = turn.then(() => judge(text, takenAt))
    return turn
  }

  async function judge(text: string, takenAt?: number): Promise<void> {
    if (!presentation.begins(text, performance.now())) return
    const verdict = await verify(text, { trust: trust.value, policy, now: secondsNow(), replay })
    if (verdict.code === 'double_read') return
    history.value = remember(history.value, { at: Date.now(), outcome: verdict.outcome, code: verdict.code })
    await show({ kind: 'verdict', verdict, text, id: (count += 1) })
    if (takenAt !== undefined) measure(takenAt, verdict.code)
  }

  async function hinder(hindrance: Hindrance, source: Source): Promise<void> {
    const { value } = display
    const isSame = value.kind === 'hindrance' && value.hindrance === hindrance && source === 'camera'
    if (isSame) return startTimer()
    await show({ kind: 'hindrance', hindrance, source, id: (count += 1) })
  }

  async function show(next: Display): Promise<void> {
    isHeld.value = false
    display.value = next
    startTimer()
    announce(next)
    await nextTick()
  }

  function next(): void {
    clearTimeout(timer)
    isHeld.value = false
    display.value = { kind: 'idle' }
  }

  /** Keeps the present verdict on the screen until the person moves on. */
  function hold(): void {
    clearTimeout(timer)
    isHeld.value = true
  }

  function startTimer(): void {
    clearTimeout(timer)
    const time = shownFor(display.value)
    if (time !== null && !isHeld.value) timer = setTimeout(next, time)
  }

  function measure(takenAt: number, code: string): void {
    measured += 1
    if (measured % MEASURES_KEPT === 0) performance.clearMeasures(FRAME_TO_VERDICT)
    performance.measure(FRAME_TO_VERDICT, { start: takenAt, end: performance.now(), detail: { code } })
  }

  onBeforeUnmount(() => clearTimeout(timer))

  return { display, history, isHeld, present, hinder, next, hold, reading: () => show({ kind: 'reading' }) }
}
