/** The code on the screen: drawn for a scene, redrawn before it ends, put away when the phone sleeps. */

import { ApiError } from '@shared/api/problem'
import { asProblem } from '@shared/ui/use-action'
import { computed, onBeforeUnmount, onMounted, ref, shallowRef, watch, type Ref } from 'vue'
import type { IssuerClock } from '../device/clock'
import * as schedule from './schedule'
import type { CodeSource, LiveCode } from './source'

/** `shown` a living code, `renewing` one is on its way, `stale` a person has to renew, `refused` the card gives none. */
export type CodePhase = 'renewing' | 'shown' | 'stale' | 'refused'
export type StaleReason = 'asleep' | 'idle' | 'offline' | 'challenge' | 'other'

const TICK = 250
/** A screen nobody has touched for so long shows no further codes. */
const IDLE_AFTER = 10 * 60_000

/** Failures that have a wording of their own on the screen. */
const REASONS: Readonly<Record<string, StaleReason>> = {
  offline: 'offline',
  challenge_unanswerable: 'challenge',
}

export function useCode(
  source: CodeSource,
  clock: IssuerClock,
  scene: Ref<string>,
  challenge: Ref<number | null>,
) {
  const code = shallowRef<LiveCode | null>(null)
  const problem = shallowRef<ApiError | null>(null)
  const busy = ref(false)
  const now = ref(clock.now())
  const reason = ref<StaleReason | null>(null)
  let failures = 0
  let notBefore = 0
  let touchedAt = Date.now()
  let round = 0

  const isAlive = computed(() => code.value !== null && !schedule.isExpired(code.value, now.value))
  const phase = computed<CodePhase>(() => {
    if (problem.value && !problem.value.isUncertain && problem.value.status !== 429) return 'refused'
    if (isAlive.value) return 'shown'
    return busy.value || reason.value === null ? 'renewing' : 'stale'
  })

  async function draw(): Promise<void> {
    if (busy.value) return
    const mine = ++round
    busy.value = true
    try {
      const fresh = await source(scene.value, challenge.value)
      if (mine !== round) return
      code.value = fresh
      problem.value = null
      reason.value = null
      failures = 0
      notBefore = 0
    } catch (error) {
      if (mine === round) fail(asProblem(error))
    } finally {
      if (mine === round) busy.value = false
      look()
    }
  }

  function fail(why: ApiError): void {
    problem.value = why
    const known = REASONS[why.code]
    if (known) reason.value = known
    else if (reason.value !== 'asleep') reason.value = 'other'
    failures += 1
    notBefore =
      clock.read().steady + (why.retryAfter === null ? schedule.retryDelay(failures) : why.retryAfter * 1000)
  }

  function look(): void {
    clock.look(document.visibilityState !== 'hidden')
    now.value = clock.now()
  }

  function tick(): void {
    look()
    if (document.visibilityState === 'hidden' || phase.value === 'refused') return
    if (Date.now() - touchedAt > IDLE_AFTER) {
      reason.value = 'idle'
      return
    }
    if (clock.read().steady >= notBefore && schedule.isDue(code.value, now.value)) void draw()
  }

  /** Draws at once, whatever failed before. */
  function renew(): void {
    touchedAt = Date.now()
    notBefore = 0
    if (problem.value && !problem.value.isUncertain) problem.value = null
    void draw()
  }

  /** Another scene is another code: the old one must not stand under the new heading. */
  function startOver(): void {
    round += 1
    busy.value = false
    code.value = null
    problem.value = null
    reason.value = null
    renew()
  }

  function awake(): void {
    look()
    if (document.visibilityState === 'hidden') return
    if (code.value && !isAlive.value) reason.value = 'asleep'
    renew()
  }

  let timer = 0
  onMounted(() => {
    timer = window.setInterval(tick, TICK)
    document.addEventListener('visibilitychange', awake)
    window.addEventListener('online', renew)
    renew()
  })
  onBeforeUnmount(() => {
    window.clearInterval(timer)
    document.removeEventListener('visibilitychange', awake)
    window.removeEventListener('online', renew)
    round += 1
  })
  watch([scene, challenge], startOver)

  return {
    code: computed(() => (isAlive.value ? code.value : null)),
    phase,
    reason: computed<StaleReason>(() => reason.value ?? 'other'),
    problem,
    now,
    /** What is left until the next redraw, 1 to 0 and in seconds; then, while redrawing fails, until the end. */
    share: computed(() => (code.value ? schedule.shareUntilRedraw(code.value, now.value) : 0)),
    redrawIn: computed(() => (code.value ? schedule.seconds(code.value.redrawAt - now.value) : 0)),
    endsIn: computed(() => (code.value ? schedule.seconds(code.value.expiresAt - now.value) : 0)),
    renew,
    startOver,
  }
}
