/** The writing of a token in decimal digits, which scanners, layouts and input methods all leave alone (token-format §1.1). */

import { hex, type Bytes } from './bytes'

export const MAX_CHARACTERS = 4096
export const MAX_DIGITS = 1200

const FULL_WIDTH = /[\uFF10-\uFF19]/g
const BLANKS = /[\u0009-\u000D\u0020\u00A0\u3000\uFEFF]/g
const FULL_WIDTH_OFFSET = 0xff10 - 0x30

/** Full-width digits become ASCII digits, white space goes; nothing else is forgiven. */
export function fold(text: string): string {
  return text
    .replace(BLANKS, '')
    .replace(FULL_WIDTH, digit => String.fromCharCode(digit.charCodeAt(0) - FULL_WIDTH_OFFSET))
}

/** The bytes behind a decimal number, or null when the number does not start with a digit from 1 to 9. */
export function toBytes(decimal: string): Bytes | null {
  if (!/^[1-9][0-9]*$/.test(decimal)) return null
  const digits = BigInt(decimal).toString(16)
  const even = digits.length % 2 === 0 ? digits : `0${digits}`
  return Uint8Array.from({ length: even.length / 2 }, (_, at) =>
    Number.parseInt(even.slice(2 * at, 2 * at + 2), 16),
  )
}

export const fromBytes = (bytes: Bytes): string => BigInt(`0x${hex(bytes) || '0'}`).toString()
