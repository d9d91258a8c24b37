/** The code on the screen: fetched for a scene, redrawn before it ends, put away when the phone sleeps. */

import type { Code } from '@shared/api/types'
import { idempotencyKey } from '@shared/api/attempt'
import { ApiError } from '@shared/api/problem'
import { asProblem } from '@shared/ui/use-action'
import { computed, onBeforeUnmount, onMounted, ref, shallowRef, watch, type Ref } from 'vue'
import * as schedule from './schedule'

/** `shown` a living code, `renewing` one is on its way, `stale` a person has to renew, `refused` the card gives none. */
export type CodePhase = 'renewing' | 'shown' | 'stale' | 'refused'
export type StaleReason = 'asleep' | 'idle' | 'offline' | 'other'

const TICK = 250
/** A screen nobody has touched for so long shows no further codes. */
const IDLE_AFTER = 10 * 60_000

export function useCode(fetchCode: (scene: string, key: string) => Promise<Code>, scene: Ref<string>) {
  const code = shallowRef<Code | null>(null)
  const problem = shallowRef<ApiError | null>(null)
  const busy = ref(false)
  const offset = ref(0)
  const now = ref(Date.now())
  const reason = ref<StaleReason | null>(null)
  let failures = 0
  let notBefore = 0
  let touchedAt = Date.now()
  let round = 0

  const life = computed<schedule.CodeLife | null>(() =>
    code.value
      ? { issuedAt: Date.parse(code.value.issued_at), expiresAt: Date.parse(code.value.expires_at) }
      : null,
  )
  const isAlive = computed(() => life.value !== null && !schedule.isExpired(life.value, now.value))
  const phase = computed<CodePhase>(() => {
    if (problem.value && !problem.value.isUncertain && problem.value.status !== 429) return 'refused'
    if (isAlive.value) return 'shown'
    return busy.value || reason.value === null ? 'renewing' : 'stale'
  })

  async function draw(): Promise<void> {
    if (busy.value) return
    const mine = ++round
    const sentAt = Date.now()
    busy.value = true
    try {
      // A new key each time: a repeated answer would carry an old `server_time`.
      const fresh = await fetchCode(scene.value, idempotencyKey())
      if (mine !== round) return
      offset.value = schedule.clockOffset(Date.parse(fresh.server_time), sentAt, Date.now())
      code.value = fresh
      problem.value = null
      reason.value = null
      failures = 0
      notBefore = 0
    } catch (error) {
      if (mine === round) fail(asProblem(error))
    } finally {
      if (mine === round) busy.value = false
      tick()
    }
  }

  function fail(why: ApiError): void {
    problem.value = why
    if (why.code === 'offline') reason.value = 'offline'
    else if (reason.value !== 'asleep') reason.value = 'other'
    failures += 1
    notBefore = Date.now() + (why.retryAfter === null ? schedule.retryDelay(failures) : why.retryAfter * 1000)
  }

  function tick(): void {
    now.value = Date.now() + offset.value
    if (document.visibilityState === 'hidden' || phase.value === 'refused') return
    if (Date.now() - touchedAt > IDLE_AFTER) {
      reason.value = 'idle'
      return
    }
    if (schedule.isDue(life.value, now.value, notBefore + offset.value)) void draw()
  }

  /** Asks at once, whatever failed before. */
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
    if (document.visibilityState === 'hidden') return
    now.value = Date.now() + offset.value
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
  watch(scene, startOver)

  return {
    code: computed(() => (isAlive.value ? code.value : null)),
    phase,
    reason: computed<StaleReason>(() => reason.value ?? 'other'),
    problem,
    /** What is left until the next redraw, 1 to 0 and in seconds; then, while redrawing fails, until the end. */
    share: computed(() => (life.value ? schedule.shareUntilRedraw(life.value, now.value) : 0)),
    redrawIn: computed(() =>
      life.value ? schedule.seconds(schedule.redrawTime(life.value) - now.value) : 0,
    ),
    endsIn: computed(() => (life.value ? schedule.seconds(life.value.expiresAt - now.value) : 0)),
    renew,
  }
}
