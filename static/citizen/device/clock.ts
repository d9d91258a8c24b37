/**
 * The issuer's time on a phone whose own clock may be wrong. A device code carries it (token format, 1.4), so it is learnt from the
 * server's answers, kept for the time without a network, and doubted where the phone's clock was moved and nobody can say how far.
 *
 * All times are milliseconds. `wall` is the phone's clock, which people and networks set; `steady` only moves on, but begins anew
 * with every page and on some phones stands still while they sleep.
 */

import { readonly, ref } from 'vue'

export interface Hands {
  wall(): number
  steady(): number
}

export interface Reading {
  readonly wall: number
  readonly steady: number
}

/** What is kept: the issuer's time is `wall + offset`, give or take `error`; the wall clock was last seen at `seen`. */
export interface ClockRecord {
  readonly offset: number
  readonly error: number
  readonly learnt: number
  readonly seen: number
}

/** A smaller difference is no jump: timers are late, and networks adjust clocks a little. */
const JUMP = 3_000
/** Two looks closer than this, the page being seen, leave no room for sleep. */
const GLANCE = 5_000
/** How far a quartz drifts, seconds a second. */
const DRIFT = 50e-6
const KEEP_EVERY = 30_000
/** What was learnt longer ago is asked for again when there is a network. */
const OLD = 3_600_000

export const browserHands: Hands = { wall: () => Date.now(), steady: () => performance.now() }

export type IssuerClock = ReturnType<typeof createClock>

export function createClock(hands: Hands, keep: (record: ClockRecord) => void = () => undefined) {
  const isDoubtful = ref(false)
  let record: ClockRecord | null = null
  let last = read()
  let wasSeen = true

  function read(): Reading {
    return { wall: hands.wall(), steady: hands.steady() }
  }

  /** The issuer's time, as far as it is known. */
  function now(): number {
    return hands.wall() + (record?.offset ?? 0)
  }

  /** Takes up what an earlier page has learnt. A wall clock behind the time it was seen at has been set back meanwhile. */
  function resume(kept: ClockRecord | undefined): void {
    if (!kept || record) return
    last = read()
    const back = kept.seen - last.wall
    isDoubtful.value = back > JUMP
    // Time does not run backwards: what was seen last is the least that it can be now.
    store(back > JUMP ? { ...kept, offset: kept.offset + back, seen: last.wall } : kept)
  }

  /** An answer's time, asked for at `sent`. A whole number of seconds was cut off: `cut` milliseconds at most. */
  function learn(server: number, sent: Reading, cut = 0): void {
    const received = read()
    const journey = Math.max(0, received.steady - sent.steady)
    const offset = server + cut / 2 - (received.wall - journey / 2)
    const error = (journey + cut) / 2
    if (isBetter(offset, error, received.wall))
      store({ offset, error, learnt: received.wall, seen: received.wall })
    last = received
    isDoubtful.value = false
  }

  /** The best measure stays, until it is older than it is good, or contradicted. */
  function isBetter(offset: number, error: number, wall: number): boolean {
    if (!record) return true
    const aged = record.error + Math.abs(wall - record.learnt) * DRIFT
    return error <= aged || Math.abs(offset - record.offset) > error + aged
  }

  /** Compares both hands; to be called again and again, and whenever the page is hidden or seen. */
  function look(isSeen: boolean): void {
    const next = read()
    const steady = next.steady - last.steady
    const jump = next.wall - last.wall - steady
    const isGlance = isSeen && wasSeen && steady < GLANCE
    if (jump < -JUMP) setBack(-jump, isGlance)
    // Forward is what sleep looks like; a page that was seen all the time has not slept.
    else if (jump > JUMP && isGlance) isDoubtful.value = true
    last = next
    wasSeen = isSeen
    if (record && Math.abs(next.wall - record.seen) > KEEP_EVERY) store({ ...record, seen: next.wall })
  }

  /** The steady hand tells how far, unless the phone may have slept since the last look. */
  function setBack(by: number, isKnown: boolean): void {
    const { offset, error, learnt } = record ?? { offset: 0, error: 0, learnt: hands.wall() }
    store({ offset: offset + by, error, learnt: learnt - by, seen: hands.wall() })
    if (!isKnown) isDoubtful.value = true
  }

  function isStale(): boolean {
    return !record || isDoubtful.value || Math.abs(hands.wall() - record.learnt) > OLD
  }

  function store(changed: ClockRecord): void {
    record = changed
    keep(changed)
  }

  return { read, now, resume, learn, look, isStale, isDoubtful: readonly(isDoubtful) }
}
