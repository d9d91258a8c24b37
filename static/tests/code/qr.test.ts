import { describe, expect, it } from 'vitest'
import { drawDigits, modulePixels } from '../../citizen/code/qr'

const digits = (length: number) => '351' + '1234567890'.repeat(40).slice(0, length - 3)

describe('the picture of a code', () => {
  it.each([
    [283, 7],
    [307, 8],
    [365, 8],
  ])('of %i digits is version %i: numeric mode at level M, at most version 8', (length, version) => {
    expect(drawDigits(digits(length)).version).toBe(version)
  })

  it('is never more than digits', () => {
    expect(() => drawDigits('351 12')).toThrow(RangeError)
    expect(() => drawDigits('３５１１２')).toThrow(RangeError)
  })

  it('has the level M in its format information', () => {
    const { isDark } = drawDigits(digits(307))
    // The first two format bits, unmasked, name the error level: 00 is M (ISO/IEC 18004, 7.9).
    const bits = [isDark(8, 0), isDark(8, 1)].map(Number)
    const mask = [1, 0]
    expect(bits.map((bit, index) => bit ^ (mask[index] ?? 0))).toEqual([0, 0])
  })

  it('has modules of at least four pixels on a phone 360 pixels wide', () => {
    const inside = 360 - 2 * 16 - 2
    expect(modulePixels(drawDigits(digits(307)).size, inside)).toBeGreaterThanOrEqual(4)
  })
})
