import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, defineComponent } from 'vue'
import { readChallenge, useChallenge } from '../../citizen/code/use-challenge'

describe('what is typed', () => {
  it.each([
    ['482913', '482913'],
    [' 482 913 ', '482913'],
    ['４８２９１３', '482913'],
    ['012345', '012345'],
    ['48291', null],
    ['4829131', null],
    ['48291a', null],
    ['', null],
  ])('%j is %j', (typed, digits) => {
    expect(readChallenge(typed)).toBe(digits)
  })
})

describe('a challenge', () => {
  let entry!: ReturnType<typeof useChallenge>
  let unmount = () => {}

  beforeEach(() => {
    vi.useFakeTimers()
    const app = createApp(
      defineComponent({
        setup() {
          entry = useChallenge()
          return () => null
        },
      }),
    )
    app.mount(document.createElement('div'))
    unmount = () => app.unmount()
  })
  afterEach(() => {
    unmount()
    vi.useRealTimers()
  })

  it('is answered for a minute', () => {
    entry.answer('012345')
    expect(entry.challenge.value).toBe(12_345)
    expect(entry.left.value).toBe(60)
    vi.advanceTimersByTime(59_000)
    expect(entry.challenge.value).toBe(12_345)
    vi.advanceTimersByTime(1_000)
    expect(entry.challenge.value).toBeNull()
    expect(entry.digits.value).toBeNull()
  })

  it('begins its minute anew with the next', () => {
    entry.answer('482913')
    vi.advanceTimersByTime(50_000)
    entry.answer('555555')
    vi.advanceTimersByTime(50_000)
    expect(entry.digits.value).toBe('555555')
  })

  it('can be dismissed', () => {
    entry.answer('482913')
    entry.dismiss()
    expect(entry.challenge.value).toBeNull()
  })
})
