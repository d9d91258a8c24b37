// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { Challenges, drawNumber } from '../../verifier/desk/challenges'

function series() {
  let last = 100_000
  return new Challenges(() => (last += 1), 0)
}

describe('the number of a desk', () => {
  it('is new after a minute; the one before is still taken for another', () => {
    const challenges = series()
    const first = challenges.current(0)
    expect(challenges.accepted(59_999)).toEqual([first])
    expect(challenges.accepted(60_000)).toEqual([first + 1, first])
    expect(challenges.accepted(119_999)).toEqual([first + 1, first])
    expect(challenges.accepted(120_000)).not.toContain(first)
  })

  it('counts once: whoever is served, and whoever comes next, leaves none behind', () => {
    const challenges = series()
    const first = challenges.current(0)
    const second = challenges.current(60_000)
    challenges.settle(second, 61_000)
    expect(challenges.accepted(61_000)).toEqual([first + 2])
    challenges.startOver(62_000)
    expect(challenges.accepted(62_000)).toEqual([first + 3])
  })

  it('of the customer just served is known for the next redraw of the phone', () => {
    const challenges = series()
    const first = challenges.current(0)
    challenges.settle(first, 1_000)
    expect(challenges.echo(20_999)).toBe(first)
    expect(challenges.echo(21_000)).toBeNull()
  })
})

describe('a drawn number', () => {
  it.each([
    [[0], 100_000],
    [[899_999], 999_999],
    [[4_294_799_999], 999_999],
    [[4_294_800_000, 5], 100_005],
  ])('from %j is %i: six digits, all of them equally likely', (words, expected) => {
    const left = [...words]
    expect(drawNumber(into => (into[0] = left.shift() ?? 0))).toBe(expected)
  })
})
