import { describe, expect, it } from 'vitest'
import { createClock, type ClockRecord } from '../../citizen/device/clock'
import { aPhone } from './hands'

const T = Date.parse('2026-11-23T08:00:00Z')
const HOUR = 3_600_000

/** A phone whose clock is `ahead` of the issuer's, and the issuer's time beside it. */
function aClock({ ahead = 0, kept }: { ahead?: number; kept?: ClockRecord } = {}) {
  const phone = aPhone(T + ahead)
  const records: ClockRecord[] = []
  const clock = createClock(phone.hands, record => records.push(record))
  clock.resume(kept)
  /** The server answers after `journey` milliseconds with its time in the middle of them. */
  function ask(server: number, journey = 100, cut = 0) {
    const sent = clock.read()
    phone.pass(journey)
    clock.learn(server, sent, cut)
  }
  return { phone, clock, ask, kept: () => records.at(-1) }
}

describe('the issuer’s time', () => {
  it('is the phone’s until it was learnt', () => {
    expect(aClock().clock.now()).toBe(T)
    expect(aClock().clock.isStale()).toBe(true)
  })

  it('is learnt from the middle of the journey', () => {
    const { clock, ask, phone } = aClock({ ahead: HOUR })
    ask(T + 100, 200)
    expect(clock.now()).toBe(T + 200)
    phone.pass(60_000)
    expect(clock.now()).toBe(T + 60_200)
    expect(clock.isStale()).toBe(false)
  })

  it('adds half of what was cut off an answer', () => {
    const { clock, ask } = aClock()
    ask(T, 0, 1000)
    expect(clock.now()).toBe(T + 500)
  })

  it('keeps the best measure', () => {
    const { clock, ask, kept } = aClock()
    ask(T + 10, 20)
    ask(T + 500, 4_000)
    expect(kept()?.error).toBe(10)
    expect(clock.now()).toBe(T + 4_020)
  })

  it('takes a worse one once the best is old, or contradicts it', () => {
    const { ask, phone, kept, clock } = aClock()
    ask(T, 0)
    phone.pass(HOUR * 24)
    ask(clock.now() + 1_000, 2_000)
    expect(kept()?.error).toBe(1_000)
    ask(clock.now() + HOUR, 2_000)
    expect(kept()?.offset).toBeGreaterThan(HOUR - 3_000)
  })

  it('is asked for again after an hour', () => {
    const { clock, ask, phone } = aClock()
    ask(T)
    phone.pass(HOUR + 1)
    expect(clock.isStale()).toBe(true)
  })
})

describe('a clock that somebody sets', () => {
  it('back, while the page is seen, changes nothing: the steady clock tells by how much', () => {
    const { clock, ask, phone } = aClock()
    ask(T + 50)
    clock.look(true)
    phone.pass(250)
    phone.set(-HOUR)
    clock.look(true)
    expect(clock.now()).toBe(T + 350)
    expect(clock.isDoubtful.value).toBe(false)
  })

  it('back, while the page was hidden, is doubtful, and time does not run backwards', () => {
    const { clock, ask, phone } = aClock()
    ask(T + 50)
    clock.look(false)
    phone.pass(20_000)
    phone.set(-HOUR)
    clock.look(true)
    expect(clock.now()).toBe(T + 20_100)
    expect(clock.isDoubtful.value).toBe(true)
  })

  it('forward, while the page is seen, is doubtful', () => {
    const { clock, ask, phone } = aClock()
    ask(T + 50)
    clock.look(true)
    phone.pass(250)
    phone.set(HOUR)
    clock.look(true)
    expect(clock.isDoubtful.value).toBe(true)
  })

  it('is believed again as soon as the server has answered', () => {
    const { clock, ask, phone } = aClock()
    ask(T + 50)
    clock.look(true)
    phone.set(HOUR)
    clock.look(true)
    ask(T + 150)
    expect(clock.isDoubtful.value).toBe(false)
    expect(clock.now()).toBe(T + 200)
  })
})

describe('sleep', () => {
  it('is no reason to doubt, though the steady clock stood still', () => {
    const { clock, ask, phone } = aClock({ ahead: -HOUR })
    ask(T + 50)
    clock.look(false)
    phone.sleep(8 * HOUR)
    clock.look(true)
    expect(clock.now()).toBe(T + 100 + 8 * HOUR)
    expect(clock.isDoubtful.value).toBe(false)
  })
})

describe('a page opened anew without a network', () => {
  const kept: ClockRecord = { offset: -HOUR, error: 50, learnt: T, seen: T + HOUR }

  it('goes on with what was kept', () => {
    const { clock } = aClock({ ahead: 3 * HOUR, kept })
    expect(clock.now()).toBe(T + 2 * HOUR)
    expect(clock.isDoubtful.value).toBe(false)
  })

  it('doubts a clock that is behind the time when it was last seen, and goes on from there', () => {
    const { clock, phone } = aClock({ ahead: 0, kept })
    expect(clock.isDoubtful.value).toBe(true)
    expect(clock.now()).toBe(T)
    phone.pass(5_000)
    expect(clock.now()).toBe(T + 5_000)
  })

  it('does not forget what it has learnt since', () => {
    const { clock, ask } = aClock()
    ask(T + 50)
    clock.resume(kept)
    expect(clock.now()).toBe(T + 100)
  })

  it('remembers when the clock was last seen', () => {
    const { clock, ask, phone, kept: newest } = aClock()
    ask(T + 50)
    phone.pass(31_000)
    clock.look(true)
    expect(newest()?.seen).toBe(T + 31_100)
  })
})
